// Folding text for finding things on screen: case, digits, Arabic and Persian letter forms, diacritics, joiners. The server has its own.
import { latinDigits } from '@peyvand/core/base/digits.ts'

const letters: Readonly<Record<string, string>> = {
  ك: 'ک',
  ي: 'ی',
  ى: 'ی',
  ة: 'ه',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ؤ: 'و',
  ئ: 'ی',
  ё: 'е',
}

/** A text as it is compared when someone looks for it. */
export function fold(text: string): string {
  return latinDigits(text.normalize('NFKC').toLowerCase())
    .replace(/[كيىةأإآٱؤئё]/g, (letter) => letters[letter]!)
    .replace(/\p{Cf}|\u0640|[\u064b-\u065f]/gu, '')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
}
