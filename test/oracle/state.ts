// All records of a world, in memory. Knows how records lead to each other and what formulas and rollups come to; knows nothing of
// rights: whoever asks brings a `sees`.
import type { Condition, Plain } from './condition.ts'

/** A kind of field as the oracle tells them apart. */
export interface Part {
  readonly name: string
  readonly type:
    | 'text'
    | 'integer'
    | 'decimal'
    | 'money'
    | 'date'
    | 'choice'
    | 'boolean'
    | 'lookup'
    | 'formula'
    | 'rollup'
  readonly required?: boolean
  readonly searched?: boolean
  /** Lookups: the entities it may lead to; several make it polymorphic. */
  readonly targets?: readonly string[]
  readonly inverse?: string
  readonly onDelete?: 'restrict' | 'clear' | 'cascade'
  /** Formulas: twice a number of the record, or a field behind a lookup. */
  readonly calc?: { readonly twice: string } | { readonly through: string; readonly field: string }
  readonly gather?: {
    readonly entity: string
    readonly via: string
    readonly aggregate: 'count' | 'sum' | 'max'
    readonly field?: string
    readonly filter?: Condition
  }
}

export interface Thing {
  readonly name: string
  readonly set: string
  readonly owned: boolean
  readonly parts: readonly Part[]
}

/** Many with many. */
export interface Bond {
  readonly name: string
  readonly from: { readonly entity: string; readonly name: string }
  readonly to: { readonly entity: string; readonly name: string }
}

export type OwnerType = 'user' | 'team' | 'queue'

export interface Rec {
  readonly entity: string
  readonly id: string
  /** By field name; a lookup has the id it leads to, and one of several targets its entity under `<name>_type`. */
  values: Record<string, Plain>
  owner: string | null
  ownerType: OwnerType | null
  unit: string | null
}

export interface Share {
  readonly entity: string
  readonly record: string
  readonly to: string
  rights: readonly string[]
  /** Already over when the requests begin. */
  over: boolean
}

/** Entities and how their records lead to each other. */
export class Shape {
  readonly things: ReadonlyMap<string, Thing>
  readonly bonds: readonly Bond[]

  constructor(things: readonly Thing[], bonds: readonly Bond[]) {
    this.things = new Map(things.map((thing) => [thing.name, thing]))
    this.bonds = bonds
  }

  part(entity: string, name: string): Part | undefined {
    return this.things.get(entity)?.parts.find((part) => part.name === name)
  }

  /** The lookup a navigation property stands for, with the entity it leads to. */
  lookup(entity: string, name: string): { readonly part: Part; readonly target: string } | undefined {
    for (const part of this.things.get(entity)?.parts ?? [])
      for (const target of part.targets ?? [])
        if (name === (part.targets!.length > 1 ? `${part.name}_${target}` : part.name)) return { part, target }
    return undefined
  }

  /** What a collection holds, and by which lookup or bond. */
  collection(
    entity: string,
    name: string,
  ): { readonly entity: string; readonly via?: Part; readonly bond?: Bond; readonly forward?: boolean } | undefined {
    for (const thing of this.things.values())
      for (const part of thing.parts)
        if (part.inverse === name && part.targets?.includes(entity)) return { entity: thing.name, via: part }
    for (const bond of this.bonds) {
      if (bond.from.entity === entity && bond.from.name === name) return { entity: bond.to.entity, bond, forward: true }
      if (bond.to.entity === entity && bond.to.name === name) return { entity: bond.from.entity, bond, forward: false }
    }
    return undefined
  }

  collections(entity: string): string[] {
    const inverses = [...this.things.values()].flatMap(({ parts }) =>
      parts.flatMap(({ inverse, targets }) => (inverse !== undefined && targets?.includes(entity) ? [inverse] : [])),
    )
    const bonds = this.bonds.flatMap(({ from, to }) => [
      ...(from.entity === entity ? [from.name] : []),
      ...(to.entity === entity ? [to.name] : []),
    ])
    return [...inverses, ...bonds]
  }

  lookups(entity: string): string[] {
    return (this.things.get(entity)?.parts ?? []).flatMap(({ name, targets = [] }) =>
      targets.length > 1 ? targets.map((target) => `${name}_${target}`) : targets.map(() => name),
    )
  }
}

type Sees = ((rec: Rec) => boolean) | undefined

export class State {
  readonly world: Shape
  readonly records = new Map<string, Map<string, Rec>>()
  /** Bond, from, to. */
  links: (readonly [string, string, string])[] = []
  shares: Share[] = []

  constructor(world: Shape) {
    this.world = world
  }

  all(entity: string): Rec[] {
    return [...(this.records.get(entity)?.values() ?? [])]
  }

  find(entity: string, id: string): Rec | undefined {
    return this.records.get(entity)?.get(id)
  }

  put(rec: Rec): void {
    let ofEntity = this.records.get(rec.entity)
    if (ofEntity === undefined) this.records.set(rec.entity, (ofEntity = new Map()))
    ofEntity.set(rec.id, rec)
  }

  copy(): State {
    const copy = new State(this.world)
    for (const ofEntity of this.records.values())
      for (const rec of ofEntity.values()) copy.put({ ...rec, values: { ...rec.values } })
    copy.links = [...this.links]
    copy.shares = this.shares.map((share) => ({ ...share }))
    return copy
  }

  /** The record behind a navigation property of one. */
  follow(rec: Rec, name: string, sees: Sees): Rec | undefined {
    const way = this.world.lookup(rec.entity, name)
    if (way === undefined) throw new Error(`${rec.entity} has no lookup ${name}`)
    const id = rec.values[way.part.name] as string | null
    if (id === null || id === undefined) return undefined
    if (way.part.targets!.length > 1 && rec.values[`${way.part.name}_type`] !== way.target) return undefined
    const found = this.find(way.target, id)
    return found !== undefined && (sees === undefined || sees(found)) ? found : undefined
  }

  /** The records of a collection of one. */
  behind(rec: Rec, name: string, sees: Sees): Rec[] {
    const way = this.world.collection(rec.entity, name)
    if (way === undefined) throw new Error(`${rec.entity} has no collection ${name}`)
    const { via, bond, forward } = way
    const found =
      via === undefined
        ? this.links.flatMap(([of, from, to]) =>
            of === bond!.name && (forward ? from : to) === rec.id
              ? (this.find(way.entity, forward ? to : from) ?? [])
              : [],
          )
        : this.all(way.entity).filter((one) => leads(one, via, rec))
    return sees === undefined ? found : found.filter(sees)
  }
}

/** Whether a lookup of one record leads to another. */
export function leads(one: Rec, { name, targets }: Part, to: Rec): boolean {
  return one.values[name] === to.id && (targets!.length === 1 || one.values[`${name}_type`] === to.entity)
}
