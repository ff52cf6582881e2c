import { en } from './en.ts'
import type { Texts } from './text.ts'
export const fa: Texts = en
