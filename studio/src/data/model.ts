// The model as this person may see it: read once, kept by ETag, read again when the server says it moved on.
// Shaped like core's Model, so that types, wire shapes and form state work on it unchanged.
import { modelFrom, type DescribedModel } from '@peyvand/core/model/describe.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { Store } from '../kit/view.ts'
import { exchange, fetchJson } from './http.ts'

/** What the person may do with an entity's records at all; single records may still refuse. */
export interface Rights {
  readonly create: boolean
  readonly write: boolean
  readonly delete: boolean
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly email?: string
  readonly roles: readonly string[]
  readonly privileges: readonly string[]
  /** What they chose for themselves, as the server keeps it. */
  readonly settings: Readonly<Record<string, unknown>>
  /** As whom the app is seen, when that is not the person themselves. */
  readonly view?: { readonly user?: string; readonly role?: string }
}

export interface SeenModel extends Model {
  readonly person: Person
  /** The currency sums are in: the one the rates of all others refer to. */
  readonly currency: string | undefined
  /** By entity name. */
  readonly rights: ReadonlyMap<string, Rights>
  /** Fields that may be read but not changed, by entity name. */
  readonly locked: ReadonlyMap<string, ReadonlySet<string>>
  /** Fields that may be read but not given a new record, by entity name. */
  readonly unset: ReadonlyMap<string, ReadonlySet<string>>
}

interface Me {
  readonly user: { readonly id: string; readonly name: string; readonly email?: string }
  readonly roles: readonly string[]
  readonly privileges: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
  readonly currency: string | null
  readonly view?: Person['view']
}

class Models extends Store {
  model: SeenModel | undefined
  #etag: string | null = null

  /** Reads the model unless it is the one we have. Gives true when it changed. */
  async load(): Promise<boolean> {
    const [answer, me] = await Promise.all([
      exchange<DescribedModel>(
        '/api/model',
        this.#etag && this.model ? { headers: { 'if-none-match': this.#etag } } : {},
      ),
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

/** Whether the person looks after the platform: users, jobs. */
export const mayAdminister = (): boolean => models.model?.person.privileges.includes('administer') ?? false

/** Whether the person may find, hand out and erase what is kept about people. */
export const mayGuardPrivacy = (): boolean => models.model?.person.privileges.includes('privacy') ?? false

function index(described: DescribedModel, me: Me): SeenModel {
  const { entities } = described
  return {
    ...modelFrom(described),
    person: { ...me.user, roles: me.roles, privileges: me.privileges, settings: me.settings, view: me.view },
    currency: me.currency ?? undefined,
    rights: new Map(entities.map(({ name, can }) => [name, can])),
    locked: new Map(entities.map(({ name, locked }) => [name, new Set(locked)])),
    unset: new Map(entities.map(({ name, unset }) => [name, new Set(unset)])),
  }
}
