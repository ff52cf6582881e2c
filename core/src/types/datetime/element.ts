// Moments on screen, in the reader's calendar and time zone.
import { momentElement } from '../moment.ts'
import { type } from './type.ts'

export const element = momentElement(type, { width: 160, time: true })
