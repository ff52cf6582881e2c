import { en } from './en.ts'
import type { Texts } from './text.ts'
export const ru: Texts = en
