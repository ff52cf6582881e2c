// Languages on screen.
import { pickerElement } from '../picker.ts'
import { type } from './type.ts'

export const element = pickerElement(type, 130)
