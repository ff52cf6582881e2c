// Puts a mapping, an entity and the columns of a file together: which cell becomes which property, how it is read, and
// where the record of a lookup is looked for. Finds every mistake of the mapping before a row is touched.
import { languages, labelText, type Label } from '@peyvand/core/base/label.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import type { ChoiceOption, Entity, Field, Model } from '@peyvand/core/model/model.ts'
import type { Navigation, Property, WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { detectDates, type DateStyle } from './dates.ts'
import { detectDecimal, type DecimalMark } from './numbers.ts'
import { linkEnds } from '../link-set.ts'
import { errorColumns, isErrorFile } from './errors.ts'
import type { ColumnMapping, Mapping } from './mapping.ts'
import type { Table } from './rows.ts'

/** How the record that a lookup's cell means is found. */
export interface Match {
  readonly target: Entity
  /** Navigations and then the property of the target, as they are written. */
  readonly path: readonly string[]
  readonly kind: ValueKind
  readonly navigation: Navigation
  /** The record may stand further down in the same file. */
  readonly self: boolean
  readonly create: boolean
}

/** One property of the record and where it comes from. */
export interface Assignment {
  readonly source: ColumnMapping
  readonly field: Field
  /** Wire name that is written. */
  readonly property: string
  readonly kind: ValueKind
  readonly match?: Match
  /** What a cell may say for each option: value and labels, folded. */
  readonly options?: ReadonlyMap<string, string>
  readonly dates?: DateStyle
  readonly timeZone?: string
  /** Where a column does not say, that of another column of the file. */
  readonly decimal?: DecimalMark
}

export interface Assignments {
  readonly entity: Entity
  readonly all: readonly Assignment[]
  /** Properties that say which record a row is; empty: every row is new. */
  readonly key: readonly string[]
  readonly mode: 'upsert' | 'create' | 'update'
  /** Columns of the file that go nowhere. */
  readonly ignored: readonly string[]
}

/** What the caller sees of the model: a field that may not be read is one that is not there. */
export interface Sight {
  readonly model: Model
  readonly wire: (entity: Entity) => WireEntity
}

/** The assignments of a file. throws: Problem with one problem per mistake in the mapping. */
export function assign(sight: Sight, entity: Entity, mapping: Mapping, table: Table): Assignments {
  const { plan, problems } = weigh(sight, entity, mapping, table)
  if (problems.length > 0) throw gather('request.malformed', problems, `The mapping has ${problems.length} mistakes`)
  if (plan.all.length === 0) throw nothingMatches(sight.wire(entity), table)
  return plan
}

/** What of a mapping fits, for whoever is still at it: a column whose place is not clear goes nowhere yet. */
export function fitting(sight: Sight, entity: Entity, mapping: Mapping, table: Table): Assignments {
  // How its cells are read may be said later: that does not change where a column goes.
  return weigh(sight, entity, { dateOrder: 'dmy', ...mapping }, table).plan
}

/** The assignments that are clear, and what is wrong with the others. */
function weigh(
  sight: Sight,
  entity: Entity,
  mapping: Mapping,
  table: Table,
): { readonly plan: Assignments; readonly problems: readonly Problem[] } {
  const wire = sight.wire(entity)
  const problems: Problem[] = []
  if (mapping.entity !== undefined && mapping.entity !== entity.name) {
    problems.push(
      new Problem('request.malformed', {
        detail: `The mapping is for "${mapping.entity}", not for "${entity.name}".`,
        pointer: '/entity',
      }),
    )
  }
  const written = (mapping.columns ?? []).map((column, place) => ({ column, pointer: `/columns/${place}` }))
  const automatic = (mapping.auto ?? mapping.columns === undefined) ? matchColumns(sight, wire, mapping, table) : []
  const all = [...written, ...automatic.map((column) => ({ column, pointer: '' }))].flatMap(({ column, pointer }) => {
    const assignment = assignOne(sight, wire, column, mapping, table)
    if (!(assignment instanceof Problem)) return [assignment]
    problems.push(at(assignment, pointer, column.column ?? column.field))
    return []
  })
  const one = all.find(({ decimal, source: { column } }) => column !== undefined && decimal !== undefined)?.decimal
  problems.push(...twice(all))
  const key = keyProperties(wire, mapping, all, problems)
  const used = new Set(all.flatMap(({ source }) => [source.column ?? '', ...templateColumns(source.template ?? '')]))
  const plan: Assignments = {
    entity,
    all: all.map((each) => ({ ...each, decimal: each.decimal ?? one })),
    key,
    mode: mapping.mode ?? (key.length > 0 ? 'upsert' : 'create'),
    ignored: table.columns.filter((column) => !used.has(column)),
  }
  return { plan, problems }
}

function at(problem: Problem, pointer: string, target: string): Problem {
  const { message: detail, hint, code } = problem
  return new Problem(code, { detail, hint, pointer: pointer || undefined, target })
}

/** The columns named in a template. */
export function templateColumns(template: string): string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map(([, column]) => column!)
}

/** Text as headers and labels are compared: case, spaces, underscores and dashes do not count. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-\u200c]+/g, ' ')
    .trim()
}

/** The texts of a label in every language. */
function labelTexts(label: Label | undefined, name: string): string[] {
  return languages.map((language) => labelText(label, language, name))
}

/** Columns of the file whose name is that of a property or the name or label of a field. */
function matchColumns({ model }: Sight, wire: WireEntity, mapping: Mapping, table: Table): ColumnMapping[] {
  const names = new Map<string, string>()
  const offer = (text: string, field: string) => names.has(fold(text)) || names.set(fold(text), field)
  for (const { name, readOnly } of wire.properties.values()) if (!readOnly) offer(name, name)
  offer('id', 'id')
  const fields = wire.entity.fields.filter((field) =>
    [...wire.properties.values()].some((property) => property.field === field && !property.readOnly),
  )
  for (const field of fields) offer(field.name, field.name)
  for (const { title, field, column } of linkEnds(model, wire.entity)) {
    offer(title, field)
    offer(`${title}_id`, column)
  }
  for (const field of fields) for (const text of labelTexts(field.label, field.name)) offer(text, field.name)
  const named = new Set(mapping.columns?.flatMap(({ column }) => column ?? []))
  const taken = new Set(mapping.columns?.map(({ field }) => field))
  const columns = isErrorFile(table.columns) ? table.columns.slice(errorColumns.length) : table.columns
  return columns.flatMap((column) => {
    const field = names.get(fold(column))
    if (field === undefined || named.has(column) || taken.has(field)) return []
    taken.add(field)
    return [{ column, field }]
  })
}

function assignOne(
  sight: Sight,
  wire: WireEntity,
  source: ColumnMapping,
  mapping: Mapping,
  table: Table,
): Assignment | Problem {
  const missing = [source.column ?? [], templateColumns(source.template ?? '')]
    .flat()
    .find((column) => !table.columns.includes(column))
  if (missing !== undefined)
    return new Problem('request.unknown', {
      detail: `The file has no column "${missing}".`,
      hint: suggest(missing, table.columns) ?? `It has: ${table.columns.join(', ')}.`,
    })
  const lookup = lookupOf(sight, wire, source)
  if (lookup instanceof Problem) return lookup
  if (lookup)
    return { source, field: lookup.navigation.field, property: lookup.navigation.column, kind: 'uuid', match: lookup }
  const property = propertyOf(wire, source.field)
  if (!property || (property.readOnly && property.name !== 'id')) return unknownField(wire, source.field, property)
  const options = typeOf(property.field).options?.(property.field, sight.model)
  const style = styleOf(property, source, mapping, table)
  if (style instanceof Problem) return style
  return {
    source,
    field: property.field,
    property: property.name,
    kind: property.kind,
    ...(options ? { options: optionTexts(options) } : {}),
    ...style,
  }
}

function propertyOf(wire: WireEntity, name: string): Property | undefined {
  const exact = wire.properties.get(name)
  if (exact) return exact
  const field = wire.entity.fields.find((each) => each.name === name)
  return field && [...wire.properties.values()].find((property) => property.field === field)
}

function unknownField(wire: WireEntity, name: string, property: Property | undefined): Problem {
  if (property)
    return new Problem('request.malformed', {
      detail: `"${name}" of "${wire.entity.name}" is set by the server and cannot be imported.`,
    })
  const known = [...wire.properties.values()].flatMap(({ name: own, field }) => [own, field.name])
  return new Problem('request.unknown', {
    detail: `"${wire.entity.name}" has no field "${name}".`,
    hint: suggest(name, known),
  })
}

/** How the cells of a date or number column are written: as the mapping says, else as the column looks. */
function styleOf(
  { kind }: Property,
  source: ColumnMapping,
  mapping: Mapping,
  table: Table,
): Pick<Assignment, 'dates' | 'timeZone' | 'decimal'> | Problem {
  const cells = () =>
    table.sample.map((row) => row.cells[source.column ?? '']).filter((cell) => typeof cell === 'string')
  if (kind === 'date' || kind === 'datetime') {
    const dates = detectDates(source.column === undefined ? [] : cells(), {
      format: source.date ?? mapping.date,
      order: source.dateOrder ?? mapping.dateOrder,
      calendar: source.calendar ?? mapping.calendar,
    })
    return dates instanceof Problem ? dates : { dates, timeZone: source.timeZone ?? mapping.timeZone }
  }
  if (kind !== 'decimal' && kind !== 'integer' && kind !== 'float') return {}
  return { decimal: source.decimal ?? mapping.decimal ?? (source.column === undefined ? '.' : detectDecimal(cells())) }
}

/** Values win over labels, labels of earlier options over those of later ones. */
function optionTexts(options: readonly ChoiceOption[]): ReadonlyMap<string, string> {
  const texts = new Map(options.map(({ value }) => [fold(value), value]))
  for (const { value, label } of options)
    for (const text of labelTexts(label, value)) if (!texts.has(fold(text))) texts.set(fold(text), value)
  return texts
}

/** The lookup a mapping writes by something other than the id, or undefined when its field is no lookup. */
function lookupOf(sight: Sight, wire: WireEntity, source: ColumnMapping): Match | Problem | undefined {
  const ways = [...wire.navigations.values()].filter(
    (way) => !way.collection && (way.field.name === source.field || way.name === source.field),
  )
  if (ways.length === 0 || wire.properties.has(source.field)) return undefined
  const column = wire.properties.get(ways[0]!.column)
  if (column?.readOnly) return unknownField(wire, source.field, column)
  const targets = ways.map((way) => sight.model.entityById.get(way.target)!)
  const exact = ways.find((way) => way.name === source.field && way.field.name !== source.field)
  const navigation =
    exact ?? (source.target === undefined ? ways[0]! : ways.find((_, place) => targets[place]!.name === source.target))
  if (!navigation) {
    return new Problem('request.unknown', {
      detail: `"${source.field}" does not point at "${source.target}".`,
      hint: `It points at ${targets.map((target) => target.name).join(', ')}.`,
    })
  }
  if (!exact && source.target === undefined && ways.length > 1) {
    return new Problem('request.malformed', {
      detail: `"${source.field}" may point at ${targets.map((target) => target.name).join(' or ')}.`,
      hint: `Say which is meant: "target": "${targets[0]!.name}".`,
    })
  }
  return matchOf(sight, wire, navigation, source)
}

function matchOf(sight: Sight, wire: WireEntity, navigation: Navigation, source: ColumnMapping): Match | Problem {
  const target = sight.model.entityById.get(navigation.target)!
  const path = (source.match ?? target.primaryField).split('.')
  let behind = sight.wire(target)
  for (const name of path.slice(0, -1)) {
    const way = behind.navigations.get(name)
    if (!way || way.collection) return unknownMatch(behind, name)
    behind = sight.wire(sight.model.entityById.get(way.target)!)
  }
  const property = propertyOf(behind, path.at(-1)!)
  if (!property) return unknownMatch(behind, path.at(-1)!)
  if (source.create && path.length > 1)
    return new Problem('request.malformed', {
      detail: 'A record can only be made when it is matched by a field of its own.',
      hint: 'Leave "create" out, or match by a field of the target.',
    })
  return {
    target,
    path: [...path.slice(0, -1), property.name],
    kind: property.kind,
    navigation,
    self: target === wire.entity && path.length === 1,
    create: source.create === true,
  }
}

function unknownMatch(wire: WireEntity, name: string): Problem {
  return new Problem('request.unknown', {
    detail: `"${wire.entity.name}" has no field "${name}" to match by.`,
    hint: suggest(name, [...wire.properties.keys(), ...wire.navigations.keys()]),
  })
}

function twice(all: readonly Assignment[]): Problem[] {
  return all.flatMap(({ property, source }, place) =>
    all.findIndex((other) => other.property === property) === place
      ? []
      : [
          new Problem('request.malformed', {
            detail: `Two columns are mapped to "${source.field}".`,
            target: source.column ?? source.field,
          }),
        ],
  )
}

/** The properties of the key: as the mapping says, or the id when the file has it. */
function keyProperties(wire: WireEntity, mapping: Mapping, all: readonly Assignment[], problems: Problem[]): string[] {
  const gives = (name: string) => all.some(({ property }) => property === name)
  // Two records are linked or not: a file of links that is imported again links nothing twice.
  const pair = wire.entity.intersect === true && ['from_id', 'to_id'].every(gives) ? ['from_id', 'to_id'] : []
  const fields = mapping.key ?? (gives('id') ? ['id'] : pair)
  if (fields.length === 0 && mapping.mode !== undefined && mapping.mode !== 'create') {
    problems.push(
      new Problem('request.malformed', {
        detail: `To ${mapping.mode} records the mapping must name a "key".`,
        pointer: '/mode',
      }),
    )
  }
  return fields.flatMap((name) => {
    const key = wire.entity.keys.find(
      (each) => each.name === name && !wire.entity.fields.some((field) => field.name === name),
    )
    return (key?.fields ?? [name]).flatMap((field) => {
      const assignment = all.find(
        (each) => each.source.field === field || each.property === field || each.field.name === field,
      )
      if (assignment) return [assignment.property]
      const known = all.map((each) => each.source.field)
      problems.push(
        new Problem('request.malformed', {
          detail: `The key "${field}" gets no value from the file.`,
          pointer: '/key',
          hint: suggest(field, known) ?? `Mapped are: ${known.join(', ')}.`,
        }),
      )
      return []
    })
  })
}

function nothingMatches(wire: WireEntity, table: Table): Problem {
  return new Problem('request.malformed', {
    detail: `No column of the file is called like a field of "${wire.entity.name}".`,
    target: 'columns',
    hint: `The file has: ${table.columns.join(', ')}. Name the fields in a mapping.`,
  })
}
