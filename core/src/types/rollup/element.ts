// Rollups on screen: shown, never typed.
import { computedElement } from '../computed.ts'
import { type } from './type.ts'

export const element = computedElement(type)
