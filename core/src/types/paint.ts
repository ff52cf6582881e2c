// How a field type is painted: the contract of every <type>/element.ts. Elements paint with Lit and the kit's own tags
// (pv-select, pv-number, pv-date, pv-lookup), which the app defines; they know nothing of pages, requests or texts.
import type { JsonValue } from '../base/json.ts'
import type { Entity, Field, Model } from '../model/model.ts'
import type { FormatContext } from './type.ts'

/** Elements of the kit that are no part of an app's first load. */
export type HeavyElement = 'pv-date' | 'pv-file' | 'pv-lookup' | 'pv-rich' | 'pv-source'

/** The reader and what the page can do for an element. */
export interface Reader extends FormatContext {
  readonly model: Model
  /** BCP 47 tag with calendar and digits, for the platform's formatters. */
  readonly locale: string
  /** The kit's source of records for pickers. */
  readonly source: unknown
  /** A few words elements need: `yes`, `no`, `generated`, `currency`. */
  word(name: 'yes' | 'no' | 'generated' | 'currency' | 'hidden'): string
  /** Address of a record's page. */
  href(entity: string, id: string): string
  /** A person or record as a small picture: the file with this id, else the initials of the name. */
  avatar(name: string, picture?: string): unknown
  /** Sees to it that one of the kit's heavy elements is defined soon; its place is kept until then. */
  bring(element: HeavyElement): void
}

/** One value to show: the field, and the whole record by wire name. */
export interface Shown {
  readonly entity: Entity
  readonly field: Field
  readonly record: Readonly<Record<string, unknown>>
  readonly reader: Reader
}

/** One value to edit. `change` gets wire properties; an expanded lookup may come along to be shown. */
export interface Control extends Shown {
  readonly id: string
  /** The field's label, for controls made of several boxes. */
  readonly label: string
  readonly required: boolean
  readonly disabled: boolean
  readonly invalid: boolean
  readonly describedBy?: string
  /** The record as it was read; absent for a new one. */
  readonly original?: Readonly<Record<string, unknown>>
  change(values: Readonly<Record<string, JsonValue>>): void
}

/** What a type folder's element.ts exports as `element`. */
export interface FieldElement {
  /** The type's name. */
  readonly type: string
  /** unit: px. The width a list column starts with. */
  readonly width: number
  /** unit: px. The width that what the field can hold asks for, where that is known before any record is. */
  widthFor?(field: Field, reader: Reader): number
  /** Figures line up at the end of a column. */
  readonly numeric?: boolean
  /** The element that paints one field, where that depends on its settings. */
  for?(field: Field): FieldElement
  /** The value in a list cell, compact and read only. */
  cell(shown: Shown): unknown
  /** A sum or another total over many records, short enough for a column; as in a cell by default. */
  total?(shown: Shown): unknown
  /** The value as a form shows it, to be changed in place. */
  control(control: Control): unknown
}

/** A text property of a record, or undefined when it is empty. */
export function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = record[name]
  if (value === null || value === undefined || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
