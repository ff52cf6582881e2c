// Local dates and times on screen: in the reader's calendar, never moved to the reader's zone.
import { momentElement } from '../moment.ts'
import { type } from './type.ts'

export const element = momentElement(type, { width: 160, time: true, local: true })
