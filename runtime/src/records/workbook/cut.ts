// Texts longer than a cell of a spreadsheet can hold: they are cut, and end in a mark that says so. One long text is no reason to
// refuse a whole file; and an import knows the mark, so that a part is never taken for the whole.

/** What every spreadsheet can hold. unit: characters of a cell */
export const mostText = 32_767

const mark = /…\[\+\d+ ✂\]$/

/** A text as it fits into a cell. */
export function cutText(text: string): string {
  if (text.length <= mostText) return text
  const end = (kept: number): string => `…[+${text.length - kept} ✂]`
  let kept = mostText - end(0).length
  // A character beyond 16 bits is not cut in two.
  if (/[\ud800-\udbff]/.test(text[kept - 1]!)) kept--
  return text.slice(0, kept) + end(kept)
}

/** Whether a cell holds a text that was cut: it is full but for a few characters, and ends in the mark. */
export function isCut(text: string): boolean {
  return text.length > mostText - 20 && mark.test(text)
}
