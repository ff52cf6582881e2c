// The Model: the frozen index of all merged definitions at one revision, and the only thing engines read.
// Plain data with ids between the parts; nothing here points back at its owner. Built by build.ts, checked by check.ts.
import type { Label } from '../base/label.ts'
import type { JsonValue } from '../base/json.ts'
import type { Expression } from '../expression/tree.ts'
import type { Cascade, OnDelete } from '../types/cascade.ts'
import type { MaskName } from '../types/mask.ts'

export type Id = string

/** A field as defined, with its id. A type's own settings stand flat beside the base ones (`maxLength`, `target`, …). */
export interface Field {
  readonly id: Id
  readonly name: string
  readonly type: string
  readonly label?: Label
  readonly description?: Label
  readonly required?: boolean
  readonly default?: JsonValue
  /** True for the fields every record has; they are not part of the definition and cannot be written by callers. */
  readonly system?: boolean
  /** A system field that callers may write all the same (owner, state, status). */
  readonly settable?: boolean
  /** What the field will be when the job that converts its values is done; until then it is what it was. */
  readonly becoming?: Field
  /** In a model as one actor sees it: the values are shown masked, as text. How, and what the field is. */
  readonly masked?: { readonly as: MaskName; readonly field: Field }
  readonly [setting: string]: unknown
}

export interface Key {
  readonly id: Id
  readonly name: string
  readonly fields: readonly string[]
  readonly label?: Label
}

export type State = 'active' | 'inactive'

/** Why a record is active or inactive. */
export interface Status {
  readonly value: string
  readonly label?: Label
  readonly color?: string
  readonly state: State
  readonly default?: boolean
  /** Statuses that may follow; any when absent. */
  readonly to?: readonly string[]
}
export interface EntityState {
  readonly statuses: readonly Status[]
}

export interface Entity {
  readonly id: Id
  readonly name: string
  readonly label: Label
  readonly plural: Label
  readonly description?: Label
  readonly icon?: string
  readonly color?: string
  readonly entitySet: string
  readonly ownership: 'user' | 'organization'
  readonly primaryField: string
  readonly audit: boolean
  /** True when it is noted who reads its records. */
  readonly auditReads?: true
  /** How long its audit is kept, where the entity says so. unit: days */
  readonly auditDays?: number
  /** True when its records can be connected with others. */
  readonly connections?: true
  /** True when its records are people. */
  readonly person?: true
  /** True when its records are never changed or deleted by anybody; the system does, when what they belong to goes. */
  readonly appendOnly?: true
  /** Present when records are active or inactive; the statuses say why, where the entity has some. */
  readonly state?: EntityState
  /** Own fields in definition order, then the system fields. */
  readonly fields: readonly Field[]
  readonly keys: readonly Key[]
  /** True for the table of links that a relationship of many with many keeps; who may see and link the ends may see and make them. */
  readonly intersect?: true
  /** The solution that brought it; absent for the customer's own. */
  readonly solution?: string
}

/** One end of a relationship of many with many. */
export interface AssociationEnd {
  /** Name of the entity that stands here. */
  readonly entity: string
  /** What this entity calls the records at the other end: a collection of it. */
  readonly name: string
  readonly label?: Label
}

/** A relationship of many with many (definition kind `relationship`). */
export interface Association {
  readonly id: Id
  readonly name: string
  readonly label: Label
  readonly description?: Label
  readonly from: AssociationEnd
  readonly to: AssociationEnd
  /** The entity whose records are the links, and its lookups to either end. */
  readonly through: { readonly entity: string; readonly from: string; readonly to: string }
  readonly solution?: string
}

/** One lookup seen as a relationship: `from.field` points at each of `targets`; `inverse` names the way back. */
export interface Relationship {
  /** The id of the lookup field. */
  readonly id: Id
  readonly from: Id
  readonly field: string
  readonly targets: readonly Id[]
  readonly inverse: string
  readonly onDelete: OnDelete
  readonly cascade: Cascade
}

export interface ChoiceOption {
  readonly value: string
  readonly label?: Label
  readonly color?: string
  readonly active?: boolean
}
export interface Choice {
  readonly id: Id
  readonly name: string
  readonly label?: Label
  readonly description?: Label
  readonly options: readonly ChoiceOption[]
}

export type Depth = 'own' | 'unit' | 'unit_tree' | 'all'
export const operations = [
  'create',
  'read',
  'write',
  'delete',
  'append',
  'append_to',
  'assign',
  'share',
  'import',
  'export',
  'bulk',
  'run',
] as const
export type Operation = (typeof operations)[number]

export interface Grant extends Readonly<Partial<Record<Operation, Depth>>> {
  /** Entity name, or `*` for every entity. */
  readonly entity: string
  /** CEL row rule as written, or what a scope stands for. */
  readonly rule?: string
  /** What was written in the place of a depth; the operations then reach as far as the rule. */
  readonly scope?: GrantScope
  /** Operations for which the grant also reaches records of the people below in the tree of managers. */
  readonly reports?: readonly Operation[]
}
/** Whose records somebody from outside reaches: everybody's, their own, their contact's, their account's, those under a parent. */
export const grantScopes = ['global', 'self', 'contact', 'account', 'parent'] as const
export interface GrantScope {
  readonly scope: (typeof grantScopes)[number]
  /** The lookup of the record, or the path of lookups, that leads there. */
  readonly through?: string
}

export interface FieldGrant {
  readonly entity: string
  readonly field: string
  /** Not to be read at all; with a mask, not in clear. */
  readonly read?: boolean
  /** Stands for create and update, where they say nothing themselves. */
  readonly write?: boolean
  readonly create?: boolean
  readonly update?: boolean
  readonly mask?: MaskName
}
/** What can be closed of a field: its value to readers, to those who make a record, to those who change it. */
export type FieldOperation = 'read' | 'create' | 'update'

export interface Role {
  readonly id: Id
  readonly name: string
  readonly label: Label
  readonly description?: Label
  readonly grants: readonly Grant[]
  readonly fields: readonly FieldGrant[]
  /** What the role may do beyond records: `customize` (plan, apply, undo), `administer` (users, keys of others). */
  readonly privileges: readonly string[]
  /** Who has the role reaches nothing before a second factor was shown. */
  readonly secondFactor?: boolean
  readonly solution?: string
}

export interface ViewColumn {
  readonly field: string
  readonly width?: number
  readonly total?: string
}
export interface View {
  readonly id: Id
  readonly name: string
  readonly entity: string
  readonly type: 'grid'
  readonly label: Label
  readonly description?: Label
  readonly columns: readonly ViewColumn[]
  /** CEL as written. */
  readonly filter?: string
  readonly sort: readonly { readonly field: string; readonly descending?: boolean }[]
  readonly group: readonly string[]
  readonly default?: boolean
  readonly generated?: boolean
  readonly solution?: string
}

export interface FormControl {
  readonly field?: string
  readonly subgrid?: string
  readonly view?: string
  readonly span?: number
}
export interface FormSection {
  readonly name: string
  readonly label?: Label
  readonly columns?: number
  readonly controls: readonly FormControl[]
}
export interface FormTab {
  readonly name: string
  readonly label?: Label
  readonly sections: readonly FormSection[]
}
export interface Form {
  readonly id: Id
  readonly name: string
  readonly entity: string
  readonly label: Label
  readonly description?: Label
  readonly header: readonly string[]
  readonly tabs: readonly FormTab[]
  readonly generated?: boolean
  readonly solution?: string
}

export interface AppItem {
  readonly entity?: string
  readonly view?: string
  readonly dashboard?: string
  readonly label?: Label
  readonly icon?: string
}
export interface AppArea {
  readonly name: string
  readonly label: Label
  readonly icon?: string
  readonly items: readonly AppItem[]
}
export interface App {
  readonly id: Id
  readonly name: string
  readonly label: Label
  readonly description?: Label
  readonly icon?: string
  readonly roles: readonly string[]
  readonly areas: readonly AppArea[]
  readonly solution?: string
}

/** What can be told of a record. */
export type WebhookChange = 'create' | 'update' | 'delete'

/** A field whose change is told of; with `from` or `to` only a change from or to this value. */
export interface WebhookField {
  readonly field: string
  readonly from?: JsonValue
  readonly to?: JsonValue
}

/** Another server that is told when records of an entity change. */
export interface Webhook {
  readonly id: Id
  readonly name: string
  readonly label: Label
  readonly description?: Label
  readonly url: string
  readonly entity: string
  readonly on: readonly WebhookChange[]
  readonly fields?: readonly WebhookField[]
  /** CEL as written. */
  readonly filter?: string
  /** The fields that are sent; absent: all that may be read. */
  readonly include?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** E-mail or id of the user with whose rights records are read; absent: who made the signing secret. */
  readonly runAs?: string
  readonly skipOwn?: boolean
  readonly skip?: { readonly users?: readonly string[]; readonly requests?: readonly string[] }
  /** How many changes are sent together at most. */
  readonly batch: number
  readonly active: boolean
  readonly solution?: string
}

/** What a definition's expressions became: bound trees by "kind/name#pointer", so that no engine parses text again. */
export type BoundExpressions = ReadonlyMap<string, Expression>

export interface Model {
  /** Grows by one with each publish; travels as text (`"42"`). */
  readonly revision: number
  readonly entities: ReadonlyMap<string, Entity>
  /** Same entities, by id. */
  readonly entityById: ReadonlyMap<Id, Entity>
  /** Same entities, by entity set name. */
  readonly entityBySet: ReadonlyMap<string, Entity>
  readonly choices: ReadonlyMap<string, Choice>
  readonly views: ReadonlyMap<string, View>
  readonly forms: ReadonlyMap<string, Form>
  readonly apps: ReadonlyMap<string, App>
  readonly roles: ReadonlyMap<string, Role>
  readonly webhooks: ReadonlyMap<string, Webhook>
  readonly relationships: readonly Relationship[]
  readonly associations: ReadonlyMap<string, Association>
}
