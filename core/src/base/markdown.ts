// Markdown → HTML that is safe to show: read by a library, then written anew by the same allow-list as formatted text, so that
// neither raw HTML nor a link in it can run anything. Pictures are left out: showing one would tell a stranger who reads.
// Lazy: nothing of a first load imports this.
import { Marked } from 'marked'
import { htmlOfText, sanitizeHtml } from './html.ts'

const reader = new Marked({ gfm: true, breaks: true, async: false })

/**
 * The harmless HTML of a Markdown text (CommonMark with tables, strikethrough and task lists). A text the library cannot
 * read, such as a thousand quotes in each other, is shown as it was written.
 */
export function htmlOfMarkdown(source: string): string {
  try {
    return sanitizeHtml(reader.parse(source) as string)
  } catch {
    return htmlOfText(source)
  }
}
