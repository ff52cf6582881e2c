// What a form paints: a pure function of form, record, original, rights and model. Decides titles, what may be edited and
// why not, what is wrong, and exactly which values a save sends. Knows nothing of pixels or requests.
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { Value } from '../base/kind.ts'
import { labelText } from '../base/label.ts'
import type { Problem } from '../base/problem.ts'
import type { Entity, Field, Form, FormControl, FormSection, Model } from '../model/model.ts'
import { unmetDemands } from '../model/demands.ts'
import { wireOf, type Property } from '../model/wire.ts'
import { textIn } from '../types/paint.ts'
import { types } from '../types/index.ts'
import { missing } from '../types/value.ts'

export type Draft = Readonly<Record<string, unknown>>

export interface FormInput {
  readonly model: Model
  readonly entity: Entity
  readonly form: Form
  /** Wire values as they stand in the form, with expanded lookups. */
  readonly record: Draft
  /** The record as it was read; absent for a new one. */
  readonly original?: Draft
  /** What a new record began with (defaults, the list it was made from): nothing is unsaved until something else is there. */
  readonly start?: Draft
  readonly rights: { readonly create: boolean; readonly write: boolean; readonly delete: boolean }
  /** Fields this person may read but not change. */
  readonly locked?: ReadonlySet<string>
  /** Fields this person may read but not give a new record. */
  readonly unset?: ReadonlySet<string>
  readonly language: string
  /** What the server refused, until the value changes. */
  readonly refused?: readonly Problem[]
  /** False until the person tried to save: only fields that have a value are found wrong before. */
  readonly complete?: boolean
}

/** Why a control cannot be edited. */
export type Lock = 'system' | 'generated' | 'computed' | 'permission' | 'masked' | 'inactive'

export interface FieldState {
  readonly kind: 'field'
  readonly field: Field
  readonly label: string
  readonly help?: string
  readonly required: boolean
  readonly lock?: Lock
  readonly problem?: Problem
  readonly empty: boolean
  readonly span: number
}
export interface SubgridState {
  readonly kind: 'subgrid'
  readonly navigation: string
  readonly view?: string
  readonly span: number
}
export type ControlState = FieldState | SubgridState

export interface SectionState {
  readonly name: string
  readonly label: string
  readonly columns: number
  readonly controls: readonly ControlState[]
}
export interface TabState {
  readonly name: string
  readonly label: string
  readonly sections: readonly SectionState[]
  readonly problems: number
}

export interface FormState {
  readonly title: string
  readonly isNew: boolean
  readonly dirty: boolean
  /** Wire values a save sends: all that are set for a new record, the changed ones for an old. */
  readonly changes: JsonObject
  readonly header: readonly FieldState[]
  readonly tabs: readonly TabState[]
  readonly problems: readonly Problem[]
  readonly canSave: boolean
  readonly canDelete: boolean
}

/** The state of a form. law: pure; the same input gives the same state. */
export function formState(input: FormInput): FormState {
  const { entity, form, record, original, rights, language } = input
  const checked = checkDraft(input)
  const paint = (field: Field, span = 1): FieldState => fieldState(input, field, checked.problems, span)
  const fields = new Map(entity.fields.map((field) => [field.name, field]))
  const tabs = form.tabs.map((tab) => {
    const sections = tab.sections.map((section) => sectionState(section, fields, paint, language))
    return {
      name: tab.name,
      label: labelText(tab.label, language, tab.name),
      sections,
      problems: countProblems(sections),
    }
  })
  return {
    title: textIn(record, entity.primaryField) ?? '',
    isNew: original === undefined,
    dirty:
      original === undefined && input.start ? isTouched(record, input.start) : Object.keys(checked.changes).length > 0,
    changes: checked.changes,
    header: form.header.flatMap((name) => (fields.has(name) ? [paint(fields.get(name)!)] : [])),
    tabs: tabs.filter(({ sections }) => sections.some(({ controls }) => controls.length > 0)),
    problems: [...checked.problems.values()],
    canSave: original === undefined ? rights.create : rights.write,
    canDelete: original !== undefined && rights.delete,
  }
}

function isTouched(record: Draft, start: Draft): boolean {
  return Object.keys(record).some((name) => record[name] !== start[name])
}

/** The values a new record starts with: the defaults of its fields. */
export function newRecord(entity: Entity): Record<string, unknown> {
  const literal = entity.fields.filter(
    (field) => (!field.system || field.settable) && field.default !== undefined && field.default !== null,
  )
  return Object.fromEntries(literal.map((field) => [field.name, field.default]))
}

/** The properties of a field, and those among them a person may write. */
export function propertiesOf(model: Model, entity: Entity, field: Field): readonly Property[] {
  return [...wireOf(model, entity).properties.values()].filter((property) => property.field.id === field.id)
}

function sectionState(
  section: FormSection,
  fields: ReadonlyMap<string, Field>,
  paint: (field: Field, span?: number) => FieldState,
  language: string,
): SectionState {
  const columns = section.columns ?? 1
  const controls = section.controls.flatMap((control: FormControl): ControlState[] => {
    const span = Math.min(control.span ?? 1, columns)
    if (control.subgrid !== undefined)
      return [{ kind: 'subgrid', navigation: control.subgrid, view: control.view, span: columns }]
    const field = control.field === undefined ? undefined : fields.get(control.field)
    return field ? [paint(field, span)] : []
  })
  return { name: section.name, label: labelText(section.label, language, ''), columns, controls }
}

function fieldState(input: FormInput, named: Field, problems: ReadonlyMap<string, Problem>, span: number): FieldState {
  const { model, entity, record, language } = input
  const field = asGiven(input, named)
  const properties = propertiesOf(model, entity, field)
  return {
    kind: 'field',
    field,
    span,
    label: labelText(field.label, language, field.name),
    help: field.description === undefined ? undefined : labelText(field.description, language),
    required: field.required === true,
    lock: lockOf(input, field, properties),
    problem: problems.get(field.name),
    empty: properties.every(({ name }) => isEmpty(record[name])),
  }
}

/** A new record takes values of what the field is; what is shown masked is text. */
function asGiven({ original }: FormInput, field: Field): Field {
  return original === undefined ? (field.masked?.field ?? field) : field
}

function lockOf(
  { entity, record, original, rights, locked, unset }: FormInput,
  field: Field,
  properties: readonly Property[],
): Lock | undefined {
  const type = types.get(field.type)
  if (type?.generated) return 'generated'
  if (type?.formula !== undefined || type?.rollup !== undefined) return 'computed'
  if (properties.every(({ readOnly }) => readOnly)) return 'system'
  const isNew = original === undefined
  const closed = isNew ? unset : locked
  if (!(isNew ? rights.create : rights.write) || closed?.has(field.name)) return 'permission'
  // What stands there is not known: who cannot see it cannot edit it, and what is shown is not to be written back.
  if (field.masked !== undefined && !isNew) return 'masked'
  return isFrozen(entity, original, record) && field.name !== 'state' && field.name !== 'status'
    ? 'inactive'
    : undefined
}

/** Whether the record is inactive and stays so: nothing else of it may change. */
function isFrozen({ state }: Entity, original: Draft | undefined, record: Draft): boolean {
  return state !== undefined && original?.['state'] === 'inactive' && record['state'] !== 'active'
}

/** What a save would send, and by field what is wrong with it. */
function checkDraft(input: FormInput): { changes: JsonObject; problems: ReadonlyMap<string, Problem> } {
  const { model, entity, original } = input
  const changes: JsonObject = {}
  const problems = new Map<string, Problem>()
  for (const named of entity.fields) {
    const field = asGiven(input, named)
    const properties = propertiesOf(model, entity, field)
    if (lockOf(input, field, properties) !== undefined) continue
    const found = checkField(
      input,
      field,
      properties.filter(({ readOnly }) => !readOnly),
    )
    if (found instanceof Error) problems.set(field.name, found)
    else Object.assign(changes, found)
    if (found instanceof Error)
      for (const { name } of properties)
        if (changed(input.record, original, name)) changes[name] = (input.record[name] ?? null) as JsonValue
  }
  for (const problem of [...unmet(input, changes), ...(input.refused ?? [])]) {
    const field = fieldOfProblem(model, entity, problem)
    if (field && !problems.has(field.name)) problems.set(field.name, problem)
  }
  return { changes, problems }
}

/** What the changes demand of the record and do not find. */
function unmet({ model, entity, record, original, complete }: FormInput, changes: JsonObject): Problem[] {
  const written = (column: string): Value | undefined => changes[column]
  const after = (column: string): Value | undefined => record[column] ?? null
  const isNew = original === undefined && complete === true
  return unmetDemands({ model, entity, written, isNew }, (column) => original?.[column] ?? null, after)
}

/** The field's changed values in canonical form, or what is wrong with it. */
function checkField(input: FormInput, field: Field, properties: readonly Property[]): JsonObject | Problem {
  const { record, original, model, complete } = input
  const touched = properties.filter(({ name }) => changed(record, original, name))
  const main = properties[0]
  if (touched.length === 0) {
    const lacking =
      original === undefined &&
      complete &&
      field.required === true &&
      properties.every(({ name }) => isEmpty(record[name]))
    return lacking && main ? missing(field, suffixOf(main)) : {}
  }
  const given = Object.fromEntries(
    touched.map((property) => [suffixOf(property), (record[property.name] ?? null) as JsonValue]),
  )
  // A link is one value in two columns: its target is needed to judge its id.
  if (properties.some((property) => suffixOf(property) === '_type'))
    for (const property of properties) given[suffixOf(property)] = (record[property.name] ?? null) as JsonValue
  const parsed = types.get(field.type)?.parse(given, field, model) ?? {}
  if (parsed instanceof Error)
    return parsed.code === 'check.required' && original === undefined && !complete ? {} : parsed
  const writable = new Set(properties.map(suffixOf))
  return Object.fromEntries(
    Object.entries(parsed)
      .filter(([suffix]) => writable.has(suffix))
      .map(([suffix, value]) => [field.name + suffix, value as JsonValue]),
  )
}

const suffixOf = (property: Property): string => property.name.slice(property.field.name.length)

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

const plainText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function changed(record: Draft, original: Draft | undefined, name: string): boolean {
  if (!(name in record)) return false
  const [now, before] = [record[name], original?.[name]]
  return isEmpty(now) ? !isEmpty(before) : !sameValue(now, before)
}

/** True when two wire values mean the same: numbers by value, all else by text. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b)
  return plainText(a) === plainText(b)
}

/** The field a server problem speaks of, by its pointer or target. */
export function fieldOfProblem(model: Model, entity: Entity, problem: Problem): Field | undefined {
  const name = (problem.pointer?.replace(/^\//, '') ?? problem.target ?? '').split('/')[0]!
  const params = problem.params?.['field']
  return (
    entity.fields.find((field) => field.name === name || field.name === params) ??
    wireOf(model, entity).properties.get(name)?.field
  )
}

function countProblems(sections: readonly SectionState[]): number {
  return sections
    .flatMap(({ controls }) => controls)
    .filter((control) => control.kind === 'field' && control.problem !== undefined).length
}
