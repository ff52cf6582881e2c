// Files on screen: see held.ts, which paints every type of files.
import { heldElement } from '../held.ts'
import { type } from './type.ts'

export const element = heldElement(type, 200)
