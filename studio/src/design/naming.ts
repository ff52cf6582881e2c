// Names from labels: what a person writes in any script becomes a legal name, and the customer's own get the publisher's prefix.
const persian =
  'ا a ب b پ p ت t ث s ج j چ ch ح h خ kh د d ذ z ر r ز z ژ zh س s ش sh ص s ض z ط t ظ z ع a غ gh ف f ق gh ک k ك k گ g ل l م m ن n و v ه h ی i ي i ء  آ a ئ i'
const cyrillic =
  'а a б b в v г g д d е e ё e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ sch ъ  ы y ь  э e ю yu я ya'
const letters = new Map(
  [persian, cyrillic].flatMap((table) => {
    const parts = table.split(' ')
    return Array.from(
      { length: Math.floor(parts.length / 2) },
      (_, at) => [parts[at * 2]!, parts[at * 2 + 1]!] as const,
    )
  }),
)

/** A legal name for a label, or '' when nothing of it can be written in Latin letters. */
export function nameFor(label: string, prefix = ''): string {
  const bare = label
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\u200c]/g, '')
  const latin = Array.from(bare, (char) => letters.get(char) ?? char).join('')
  const plain = latin.replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '')
  return plain ? `${prefix ? `${prefix}_` : ''}${plain}`.slice(0, 48) : ''
}

/** The name, with a number behind it while it is taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name
  for (let n = 2; isTaken(free); n++) free = `${name.slice(0, 44)}_${n}`
  return free
}

/** The publisher's prefix of this customer; remembered from the last name that was made. */
export const prefix = (): string => localStorage.getItem('peyvand.prefix') ?? 'abc'

/** Remembers the prefix of a name someone chose. */
export function rememberPrefix(name: string): void {
  const found = /^([a-z][a-z0-9]{1,7})_/.exec(name)?.[1]
  if (found) localStorage.setItem('peyvand.prefix', found)
}
