// Dates on screen, in the reader's calendar.
import { momentElement } from '../moment.ts'
import { type } from './type.ts'

export const element = momentElement(type, { width: 120, time: false })
