// The contract of a field type. One folder per type holds everything about it; nothing outside that folder may switch
// over type names. type.ts is pure (browser and server), element.ts paints (browser only), cases.ts is its table of facts.
import type { Label } from '../base/label.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { Value, ValueKind } from '../base/kind.ts'
import type { Problem } from '../base/problem.ts'
import type { Syntax } from '../expression/tree.ts'
import type { ChoiceOption, Field, Model } from '../model/model.ts'
import type { Naming, Spot } from '../model/naming.ts'
import type { Cascade, OnDelete } from './cascade.ts'
import type { Change, Demand } from './demand.ts'
import type { Limits } from './limits.ts'
import type { Masks } from './mask.ts'

/** One physical column and its wire property (they share the name). */
export interface Column {
  /** Appended to the field's name: '' for the main one, '_id', '_type', '_currency', … */
  readonly suffix: string
  readonly kind: ValueKind
  /** PostgreSQL 15 type with modifiers: `text`, `integer`, `numeric(19,4)`, `timestamptz(3)`. */
  readonly sqlType: string
  /** Explicit collation for text columns; the engines' defaults differ. */
  readonly collation?: string
  readonly edm: string
  /** Computed by the server; a caller's value is refused. */
  readonly readOnly?: boolean
  /** Not a column of the table: its value is what the field's formula gives. */
  readonly virtual?: true
}

/** How a change of type treats the values that are there. `using` gives the SQL expression from the quoted old column. */
export interface Cast {
  readonly risk: 'safe' | 'slow' | 'lossy' | 'blocked'
  readonly using: (column: string) => string
  /** SQL condition over the quoted old column that is true for values which would not convert. */
  readonly fails?: (column: string) => string
}

export interface FormatContext {
  readonly language: string
  readonly timeZone: string
  readonly calendar: 'gregory' | 'persian' | 'buddhist'
  readonly model?: Model
  /** The base currency, in which amounts are that have no other. */
  readonly currency?: string
}

/** What parse gives: column suffix → value to store. A key that is absent is not written. */
export type Parsed = Readonly<Record<string, Value>>

/** Where a lookup leads and what its columns are called. */
export interface Link {
  /** Entity names. */
  readonly targets: readonly string[]
  readonly polymorphic: boolean
  /** Suffix of the column that holds the id. */
  readonly idSuffix: string
  /** Suffix of the column that names the target entity, when polymorphic. */
  readonly typeSuffix?: string
  /** Name of the way back, where the definition gives one. */
  readonly inverse?: string
  /** What the database does when the target goes past us. */
  readonly onDelete: OnDelete
  /** What is done to the record that holds the link when something is done to the target. */
  readonly cascade: Cascade
}

/** How a value is made of other fields of the record, when the writer gives none of its own. */
export interface Composition {
  /** Names of the fields it is made of; a name that starts with "_" is a column of the field itself, by its suffix. */
  readonly from: readonly string[]
  make(valueOf: (name: string) => Value): Value
}

/** What a field's value is worked out by, when it is a formula over its record. */
export interface Formula {
  /** CEL, and what it was read into. */
  readonly text: string
  readonly syntax?: Syntax
  readonly kind: ValueKind
  /** Digits after the point to which a decimal is rounded. */
  readonly scale?: number
  /** Characters a text is cut to. */
  readonly length?: number
  /** Of a formula that gives an amount: itself, its currency, or what it is in the base currency. */
  readonly part?: 'amount' | 'currency' | 'base'
}

/** What a field's value is gathered by, when it is an aggregate over records that point at its own. */
export interface Gathering {
  readonly entity: string
  /** The lookup of that entity that points at this one, or the collection this one has of linked records. */
  readonly via: string
  readonly aggregate: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'count_distinct'
  readonly field?: string
  /** CEL over the gathered records. */
  readonly filter?: string
}

/** What a type may ask when the model is built. */
export interface ResolveContext {
  /** CEL → tree; undefined when it cannot be read (check says why). */
  readonly parse: (text: string) => Syntax | undefined
  /** A field of any entity as the model knows it. */
  readonly field: (entity: string, name: string) => Field | undefined
  /** The kind of a field's values where numbers are counted with: an amount in the base currency. */
  readonly kind: (field: Field) => ValueKind | undefined
  /** Whether a field's values are amounts, which are gathered in the base currency. */
  readonly isAmount: (field: Field) => boolean
  /** Names of the entities whose records can be connected with others. */
  readonly connectable: readonly string[]
}

/** What is known of an uploaded file; the server found it out itself. */
export interface FileFacts {
  readonly id: string
  readonly name: string
  /** MIME type of the content. */
  readonly type: string
  /** unit: bytes. */
  readonly size: number
  /** unit: pixels; pictures only. */
  readonly width?: number
  readonly height?: number
}

/** How a type holds uploaded files. A caller gives ids; all else is stored from what the server knows of them. */
export interface FileHolder<F extends Field = Field> {
  /** Most files of one value. */
  most(field: F): number
  /** Largest file. unit: bytes. */
  maxBytes(field: F): number | undefined
  /** The column that holds the id, or the list of files with their ids. */
  holds(field: F): string
  /** Ids in the value of that column. */
  ids(value: Value): readonly string[]
  /** Why a file cannot be a value of the field. */
  accepts(file: FileFacts, field: F): Problem | undefined
  /** All columns for these files. */
  stored(files: readonly FileFacts[], field: F): Parsed
  /** Sizes of the small pictures that are made of a file; none for types that are no pictures. unit: pixels. */
  thumbnails?(field: F): readonly number[]
}

/** How a type keeps its amount in the base currency beside it: the suffixes of the columns, and which day's rate counts. */
export interface Exchange<F extends Field = Field> {
  readonly currency: string
  readonly base: string
  /** The column of the rate that was used, on fields that keep it. */
  rate?(field: F): string | undefined
  /** The field of the same record whose day decides the rate; the day of writing when there is none. */
  day?(field: F): string | undefined
}

/** What a designer looks for a type under, in this order; a type that says nothing stands under `other`. */
export const typeGroups = ['text', 'number', 'choice', 'time', 'link', 'file', 'place', 'computed', 'other'] as const
export type TypeGroup = (typeof typeGroups)[number]

/** A way a type is often used, offered beside it: an e-mail is a text, a customer is a lookup. */
export interface Preset {
  readonly name: string
  readonly label: Label
  readonly icon: string
  readonly settings: JsonObject
  /** Entities there must be. */
  readonly entities?: readonly string[]
}

export interface FieldType<F extends Field = Field> {
  readonly name: string
  readonly label: Label
  /** Where the designer offers it. */
  readonly group?: TypeGroup
  /** Icon name of the kit. */
  readonly icon: string
  /** One line for the designer: when to choose it. */
  readonly description: Label
  /** JSON Schema (draft 2020-12) `properties` of the type's own settings; `required` names those that must be given. */
  readonly settings: { readonly properties: JsonObject; readonly required?: readonly string[] }
  /** Ways of use with a name of their own. */
  readonly presets?: readonly Preset[]
  /** Physical columns for a field; the first is the main one (filter, sort, expression value). */
  columns(field: F): readonly Column[]
  /** Settings that name another field of the entity, as pointers without the first slash: `dependsOn/field`. */
  readonly fieldSettings?: readonly string[]
  /** Types of the fields that those settings may name. */
  readonly siblings?: readonly string[]
  /** Problems of the settings that JSON Schema cannot say (pointers are relative to the field). */
  check(field: F, model: Model): readonly Problem[]
  /**
   * Wire value → stored values. Gets the caller's input for this field only: keys are column suffixes ('' = the field's
   * own name). Null clears. Accepts localized digits where people type them.
   */
  parse(input: Readonly<Record<string, JsonValue>>, field: F, model: Model): Parsed | Problem
  /** Stored main value → text for people. `record` gives the sibling columns by wire name. */
  format(value: Value, field: F, context: FormatContext, record?: Readonly<Record<string, unknown>>): string
  /** Text (CSV cell, pasted text) → wire input for `parse`; lookups and choices are resolved by the importer first. */
  fromText(text: string, field: F): JsonValue | Problem
  /** Filter operators the app offers, in order; names are those of `expression/functions`. */
  readonly operators: readonly string[]
  /** The same for one field, where they depend on its settings. */
  operatorsOf?(field: F): readonly string[]
  /** Casts to other types by type name; a type that is not named is blocked. */
  readonly casts: Readonly<Record<string, (from: F, to: Field) => Cast>>
  /** Casts from other types by their name, so that a new type need not touch an older one's folder. */
  readonly castsFrom?: Readonly<Record<string, (from: Field, to: F) => Cast>>
  /** Present on types whose fields may take less than the type can hold: fewer characters, a range of numbers, a list. */
  limits?(field: F, model: Model): Limits
  /** Whether a key (unique) and an index make sense. */
  readonly indexable: boolean
  /** Present on types whose values are found by what is in them: the method of the index that `indexed` makes. */
  readonly indexMethod?: 'gin'
  /** Whether a value is made by the server when none is given (autonumber). */
  readonly generated?: boolean
  /** Present on generated types: the counter a new record's number comes from, and how a count is printed. */
  counter?(field: F, now: Date): { readonly scope: string; print(count: number): string }
  /** Present on types whose amount is kept in the base currency too. */
  readonly exchange?: Exchange<F>
  /** Suffixes of the columns beside an amount; undefined for a field that is none. */
  amount?(field: F): { readonly currency: string; readonly base: string } | undefined
  /** Present on types that point at records: what the model makes relationships of. */
  link?(field: F): Link
  /** What a field's settings name of other parts, as a kind tells it; undefined when the field makes no sense any more. */
  names?(field: F, entity: string, naming: Naming, at: (setting: string, use: string) => Spot): F | undefined
  /** Present on types whose values are uploaded files. */
  readonly files?: FileHolder<F>
  /** Present on types whose fields can be made of others; undefined for a field that is not. */
  composition?(field: F): Composition | undefined
  /** What the model says of a field beyond its definition, found out once when the model is built. */
  resolve?(field: F, context: ResolveContext): F
  /** Present on types whose value is an expression over the record; a suffix asks for another column than the main one. */
  formula?(field: F, suffix?: string): Formula
  /** Present on types whose value is kept by the server from other records. */
  rollup?(field: F): Gathering
  /** Present on types with a closed list of values. */
  options?(field: F, model: Model): readonly ChoiceOption[]
  /** Present on types whose values depend on others of the record, or on what stood there before. */
  demands?(field: F, change: Change): readonly Demand[]
  /** What is left of the field's value when the record in a form has become this; undefined when all of it fits. */
  refit?(field: F, record: Readonly<Record<string, unknown>>): JsonValue | undefined
  /** What a value that must be there becomes when it is erased, by suffix; `seed` is another one for each record. */
  neutral?(field: F, seed: string): Parsed | undefined
  /** Present on types whose values can be shown masked, and how the main column is; what else the field has is not shown then. */
  readonly masks?: Masks
  /** True when values outside of `options` are allowed too (the options are only what is offered). */
  readonly open?: boolean
  /** True when a datetime is a wall time: no time zone is applied to it anywhere. */
  readonly wallTime?: boolean
  /** True when the value needs a whole line on a form and is no column of a list. */
  wide?(field: F): boolean
  /** Present on types whose values are texts people may search by; whether they do when the field does not say. */
  searched?(field: F): boolean
  /** Most bytes one value takes in an index; PostgreSQL refuses rows above about 2,700. Absent: small. unit: bytes. */
  indexBytes?(field: F): number
  /** JSON Schema of the main wire value, for OpenAPI. */
  schema(field: F, model: Model): JsonObject
}

/** The table of facts every type folder exports as `cases`; the conformance tests run all of it on both engines. */
export interface TypeCases<F extends Field = Field> {
  /** Parts of the tests the type takes no part in, and why; the reason is printed. */
  readonly not?: {
    /** Written in bulk, exported and imported through the data service. */
    readonly bulk?: string
    /** Null given by a caller stays null. */
    readonly null?: string
    /** Store, sort and filter as a column of the table. */
    readonly column?: string
  }
  readonly fields: readonly { readonly title: string; readonly field: Partial<F> & { name: string } }[]
  /**
   * Wire inputs that are accepted by the first field (or the one at `field`), and what reading gives back for the main
   * property: decimals as text with every digit, datetimes as an instant, all else as JSON. An object input whose keys are
   * all column suffixes ('' and '_…') gives several columns at once.
   */
  readonly good: readonly { readonly input: JsonValue; readonly stored: JsonValue; readonly field?: number }[]
  /** Wire inputs that are refused, with the problem code. */
  readonly bad: readonly { readonly input: JsonValue; readonly code: string; readonly field?: number }[]
  /** Stored values in ascending order. */
  readonly sorted: readonly JsonValue[]
  /** Value → text in a language. */
  readonly text: readonly {
    readonly value: JsonValue
    readonly language: string
    readonly text: string
    readonly field?: number
  }[]
  /** Casts: from this type's value to another type. */
  readonly casts: readonly {
    readonly to: Partial<Field> & { type: string }
    readonly value: JsonValue
    readonly gives: JsonValue | 'fails'
  }[]
  /** What worked-out fields give: beside these fields, on a record with these values (by wire name). */
  readonly derived?: readonly {
    readonly beside: readonly (Partial<Field> & { name: string; type: string })[]
    readonly record: Readonly<Record<string, JsonValue>>
    readonly field: Partial<F> & { name: string }
    /** Of the column with this suffix; of the main one when it is absent. */
    readonly suffix?: string
    readonly gives: JsonValue
  }[]
  /** Writes of the field and those beside it on a record that has these values: accepted, or the rule that refuses. */
  readonly changes?: readonly {
    readonly beside?: readonly (Partial<Field> & { name: string; type: string })[]
    readonly field: Partial<F> & { name: string }
    readonly record: Readonly<Record<string, JsonValue>>
    readonly write: Readonly<Record<string, JsonValue>>
    readonly gives: 'accepted' | { readonly refused: string; readonly says: string }
  }[]
  /** Field definitions whose settings must be refused. */
  readonly badSettings: readonly { readonly field: Partial<F> & { name: string }; readonly pointer: string }[]
}
