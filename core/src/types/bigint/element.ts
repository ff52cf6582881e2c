// Large whole numbers on screen.
import { figureElement } from '../figure.ts'
import { type } from './type.ts'

export const element = figureElement(type, 150)
