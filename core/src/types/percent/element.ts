// Percentages on screen, with the sign where the reader's language puts it.
import { figureElement } from '../figure.ts'
import { type } from './type.ts'

export const element = figureElement(type, 90)
