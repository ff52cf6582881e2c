// The model as this person may see it: read once, kept by ETag, read again when the server says it moved on.
// Shaped like core's Model, so that types, wire shapes and form state work on it unchanged.
import { indexModel } from '@peyvand/core/model/build.ts'
import type { App, Choice, Entity, Form, Model, Relationship, Role, View } from '@peyvand/core/model/model.ts'
import { Store } from '../kit/view.ts'
import { exchange, fetchJson } from './http.ts'

/** What the person may do with an entity's records at all; single records may still refuse. */
export interface Rights { readonly create: boolean; readonly write: boolean; readonly delete: boolean }

export interface Person {
  readonly id: string
  readonly name: string
  readonly email?: string
  readonly roles: readonly string[]
  readonly privileges: readonly string[]
}

export interface SeenModel extends Model {
  readonly person: Person
  /** By entity name. */
  readonly rights: ReadonlyMap<string, Rights>
  /** Fields that may be read but not written, by entity name. */
  readonly locked: ReadonlyMap<string, ReadonlySet<string>>
}

interface Described {
  readonly revision: string | number
  readonly entities: readonly (Entity & { readonly can?: Partial<Rights> | readonly string[] })[]
  readonly choices?: readonly Choice[]
  readonly views?: readonly View[]
  readonly forms?: readonly Form[]
  readonly apps?: readonly App[]
  readonly roles?: readonly Role[]
  readonly relationships?: readonly Relationship[]
}

interface Me { readonly user: { readonly id: string; readonly name: string; readonly email?: string }; readonly roles: readonly string[]; readonly privileges: readonly string[] }

class Models extends Store {
  model: SeenModel | undefined
  #etag: string | null = null

  /** Reads the model unless it is the one we have. Gives true when it changed. */
  async load(): Promise<boolean> {
    const [answer, me] = await Promise.all([
      exchange<Described>('/api/model', this.#etag && this.model ? { headers: { 'if-none-match': this.#etag } } : {}),
      fetchJson<Me>('/api/me'),
    ])
    if (answer.status === 304) return false
    this.#etag = answer.etag
    this.model = index(answer.body, me)
    this.changed()
    return true
  }

  /** Forgets everything: someone signed out. */
  clear(): void {
    this.model = undefined
    this.#etag = null
    this.changed()
  }
}

/** The model of this session. */
export const models = new Models()

/** The model; only called where one was loaded. */
export function current(): SeenModel {
  if (!models.model) throw new Error('No model is loaded')
  return models.model
}

/** Whether the person may use the designers. */
export const mayCustomize = (): boolean => models.model?.person.privileges.includes('customize') ?? false

const byName = <T extends { readonly name: string }>(list: readonly T[] = []): ReadonlyMap<string, T> => new Map(list.map(each => [each.name, each]))

function index(described: Described, me: Me): SeenModel {
  const { entities } = described
  const model = indexModel({
    revision: Number(described.revision), entities: byName(entities), choices: byName(described.choices), views: byName(described.views),
    forms: byName(described.forms), apps: byName(described.apps), roles: byName(described.roles), relationships: described.relationships,
  })
  return {
    ...model,
    person: { ...me.user, roles: me.roles, privileges: me.privileges },
    rights: new Map(entities.map(entity => [entity.name, rightsOf(entity)])),
    locked: new Map(entities.map(entity => [entity.name, new Set(entity.fields.filter(field => field['readOnly'] === true && !field.system).map(({ name }) => name))])),
  }
}

function rightsOf({ can }: Described['entities'][number]): Rights {
  const may = (operation: keyof Rights) => Array.isArray(can) ? can.includes(operation) : (can as Partial<Rights> | undefined)?.[operation] ?? true
  return { create: may('create'), write: may('write'), delete: may('delete') }
}
