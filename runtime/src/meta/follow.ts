// A rename is a rename everywhere: definitions that a change does not write itself, but that name a renamed entity or field,
// follow it. Decides which places hold names; whether the result holds together is for check to say.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity, Field, Model } from '@peyvand/core/model/model.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import { typeOf } from '@peyvand/core/types/index.ts'

/** The definitions with their references renamed. `written`: keys of those the caller wrote, who knows the new names. */
export function followRenames(
  before: Model,
  wanted: readonly JsonObject[],
  written: ReadonlySet<string>,
): JsonObject[] {
  const names = new Names(before, wanted)
  if (!names.any) return [...wanted]
  return wanted.map((definition) => {
    const own = definition['kind'] === 'entity' ? ownNames(definition, names) : definition
    return written.has(keyOf(definition)) ? own : rewrite(own, names)
  })
}

/** What entities and fields of the model before are called now, found by id. */
class Names {
  readonly #before: Model
  readonly #entities = new Map<string, string>()
  readonly #fields = new Map<string, Map<string, string>>()

  constructor(before: Model, wanted: readonly JsonObject[]) {
    this.#before = before
    for (const definition of wanted) {
      const entity = definition['kind'] === 'entity' ? before.entityById.get(textOf(definition['id'])) : undefined
      if (entity === undefined) continue
      if (entity.name !== definition['name']) this.#entities.set(entity.name, textOf(definition['name']))
      const now = new Map(partsOf(definition['fields']).map((field) => [field['id'], textOf(field['name'])]))
      const renamed = entity.fields.flatMap(({ id, name }) =>
        now.has(id) && now.get(id) !== name ? [[name, now.get(id)!] as const] : [],
      )
      if (renamed.length > 0) this.#fields.set(entity.name, new Map(renamed))
    }
  }

  get any(): boolean {
    return this.#entities.size > 0 || this.#fields.size > 0
  }

  /** What the entity of a definition was called. */
  before(definition: JsonObject): string | undefined {
    return this.#before.entityById.get(textOf(definition['id']))?.name
  }

  entity(name: JsonValue | undefined): JsonValue | undefined {
    return typeof name === 'string' ? (this.#entities.get(name) ?? name) : name
  }

  /** Old name → new name of the fields of an entity, by its old id. */
  fieldsOf(id: string): ReadonlyMap<string, string> {
    return this.#fields.get(this.#before.entityById.get(id)?.name ?? '') ?? new Map()
  }

  /** A path from an entity through lookups, each name as it is now: `account.industry`, `price_currency`. */
  path(from: JsonValue | undefined, path: JsonValue | undefined): JsonValue | undefined {
    let entity = typeof from === 'string' ? this.#before.entities.get(from) : undefined
    if (entity === undefined || typeof path !== 'string') return path
    const now: string[] = []
    for (const name of path.split('.')) {
      const field: Field | undefined = entity?.fields.find((one) => namesOf(one).includes(name))
      const renamed = field && this.#fields.get(entity!.name)?.get(field.name)
      now.push(renamed === undefined ? name : renamed + name.slice(field!.name.length))
      entity = field && targetOf(this.#before, field)
    }
    return now.join('.')
  }

  /** An expression over an entity: every path in it that is not text, not a call and not behind a dot. */
  expression(from: JsonValue | undefined, text: JsonValue | undefined): JsonValue | undefined {
    if (typeof text !== 'string') return text
    return text.replace(namesInText, (found) => (/^['"]/.test(found) ? found : (this.path(from, found) as string)))
  }
}

function namesOf(field: Field): string[] {
  return [
    field.name,
    ...typeOf(field)
      .columns(field)
      .map(({ suffix }) => field.name + suffix),
  ]
}

function targetOf(model: Model, field: Field): Entity | undefined {
  const link = typeOf(field).link?.(field)
  return link === undefined || link.polymorphic ? undefined : model.entities.get(link.targets[0]!)
}

/** Texts and paths of an expression; a call's name is none, nor is what stands behind a dot. */
const namesInText = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![\w.])[a-z_]\w*(?:\.[a-z_]\w*)*(?![\w(])/g

/** Places of each kind that hold names. */
function rewrite(definition: JsonObject, names: Names): JsonObject {
  const from = definition['entity']
  const named = (part: JsonObject): JsonObject => replaced(part, { field: names.path(from, part['field']) })
  switch (definition['kind']) {
    case 'view':
      return replaced(definition, {
        entity: names.entity(from),
        columns: eachPart(definition['columns'], named),
        sort: eachPart(definition['sort'], named),
        group: eachText(definition['group'], (path) => names.path(from, path)),
        filter: names.expression(from, definition['filter']),
      })
    case 'form':
      return replaced(definition, {
        entity: names.entity(from),
        header: eachText(definition['header'], (path) => names.path(from, path)),
        tabs: eachPart(definition['tabs'], (tab) =>
          replaced(tab, {
            sections: eachPart(tab['sections'], (section) =>
              replaced(section, { controls: eachPart(section['controls'], named) }),
            ),
          }),
        ),
      })
    case 'app':
      return replaced(definition, {
        areas: eachPart(definition['areas'], (area) =>
          replaced(area, {
            items: eachPart(area['items'], (item) => replaced(item, { entity: names.entity(item['entity']) })),
          }),
        ),
      })
    case 'role':
      return replaced(definition, {
        grants: eachPart(definition['grants'], (grant) =>
          replaced(grant, {
            entity: names.entity(grant['entity']),
            rule: names.expression(grant['entity'], grant['rule']),
          }),
        ),
        fields: eachPart(definition['fields'], (field) =>
          replaced(field, {
            entity: names.entity(field['entity']),
            field: names.path(field['entity'], field['field']),
          }),
        ),
      })
    case 'relationship': {
      const through = objectOf(definition['through'])
      const end = (part: JsonValue | undefined) => {
        const given = objectOf(part)
        return given && replaced(given, { entity: names.entity(given['entity']) })
      }
      return replaced(definition, {
        from: end(definition['from']),
        to: end(definition['to']),
        through:
          through &&
          replaced(through, {
            entity: names.entity(through['entity']),
            from: names.path(through['entity'], through['from']),
            to: names.path(through['entity'], through['to']),
          }),
      })
    }
    case 'entity':
      return replaced(definition, {
        fields: eachPart(definition['fields'], (field) =>
          replaced(field, {
            target: targets(field['target'], names),
            ...computed(field, names, names.before(definition)),
          }),
        ),
      })
    default:
      return definition
  }
}

/** What a formula reads of its entity, and a rollup of the one it gathers. */
function computed(field: JsonObject, names: Names, own: string | undefined): Record<string, JsonValue | undefined> {
  if (field['type'] === 'formula') return { expression: names.expression(own, field['expression']) }
  if (field['type'] !== 'rollup') return {}
  const from = field['entity']
  return {
    entity: names.entity(from),
    via: names.path(from, field['via']),
    field: names.path(from, field['field']),
    filter: names.expression(from, field['filter']),
  }
}

function targets(target: JsonValue | undefined, names: Names): JsonValue | undefined {
  if (isJsonObject(target)) {
    return replaced(target, { add: targets(target['add'], names), first: targets(target['first'], names) })
  }
  return Array.isArray(target) ? eachText(target, (name) => names.entity(name)) : names.entity(target)
}

/** What an entity says of its own fields: names that are no longer there but were renamed. */
function ownNames(definition: JsonObject, names: Names): JsonObject {
  const renamed = names.fieldsOf(textOf(definition['id']))
  if (renamed.size === 0) return definition
  const there = new Set(partsOf(definition['fields']).map((field) => field['name']))
  const now = (name: JsonValue | undefined) =>
    typeof name === 'string' && !there.has(name) ? (renamed.get(name) ?? name) : name
  const template = (text: JsonValue | undefined) =>
    typeof text === 'string' ? text.replace(/\{(\w+)\}/g, (_, name: string) => `{${textOf(now(name))}}`) : text
  return replaced(definition, {
    primaryField: now(definition['primaryField']),
    keys: eachPart(definition['keys'], (key) => replaced(key, { fields: eachText(key['fields'], now) })),
    fields: eachPart(definition['fields'], (field) =>
      replaced(field, {
        template: template(field['template']),
        ...(field['type'] === 'formula' ? { expression: renamedIn(field['expression'], now) } : {}),
      }),
    ),
  })
}

/** An expression in which the first name of each path is what it is called now. */
function renamedIn(text: JsonValue | undefined, now: (name: string) => JsonValue | undefined): JsonValue | undefined {
  if (typeof text !== 'string') return text
  return text.replace(namesInText, (found) =>
    /^['"]/.test(found) ? found : found.replace(/^[a-z_]\w*/, (name) => textOf(now(name))),
  )
}

/** The object with these properties; what is undefined stays away, and without a difference it is the same object. */
function replaced(object: JsonObject, properties: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const changed = Object.entries(properties).filter(([name, value]) => value !== undefined && value !== object[name])
  return changed.length === 0 ? object : { ...object, ...(Object.fromEntries(changed) as JsonObject) }
}

function eachPart(parts: JsonValue | undefined, change: (part: JsonObject) => JsonObject): JsonValue | undefined {
  if (!Array.isArray(parts)) return parts
  const next = parts.map((part) => (isJsonObject(part) ? change(part) : part))
  return next.some((part, i) => part !== parts[i]) ? next : parts
}

function eachText(
  texts: JsonValue | undefined,
  change: (text: JsonValue) => JsonValue | undefined,
): JsonValue | undefined {
  if (!Array.isArray(texts)) return texts
  const next = texts.map((text) => change(text) ?? text)
  return next.some((text, i) => text !== texts[i]) ? next : texts
}

function partsOf(parts: JsonValue | undefined): JsonObject[] {
  return Array.isArray(parts) ? parts.filter(isJsonObject) : []
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
