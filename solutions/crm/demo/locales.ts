// The five markets of the demo company, with their part of its customers.
import type { Locale } from './locale.ts'
import { en } from './locales/en.ts'
import { fa } from './locales/fa.ts'
import { ro } from './locales/ro.ts'
import { ru } from './locales/ru.ts'
import { th } from './locales/th.ts'

export const locales: readonly Locale[] = [en, fa, ru, th, ro]

/** How the customers are spread over the markets. */
export const markets: readonly (readonly [Locale, number])[] = [
  [fa, 28],
  [ru, 20],
  [th, 20],
  [ro, 17],
  [en, 15],
]
