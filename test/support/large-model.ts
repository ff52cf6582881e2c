// A generated model of any size: entities with forty fields of every common type, three lookups each (to near and far
// entities, so that there are cycles), choices and keys. The same number always gives the same model.
import type { JsonObject } from '@peyvand/core/base/json.ts'

const plain = [
  ['code', { type: 'text', maxLength: 40 }],
  ['title', { type: 'text', maxLength: 200, required: true }],
  ['email', { type: 'text', maxLength: 200, format: 'email' }],
  ['phone', { type: 'text', maxLength: 40, format: 'phone' }],
  ['site', { type: 'text', maxLength: 300, format: 'url' }],
  ['note', { type: 'text', maxLength: 4000, multiline: true }],
  ['count', { type: 'integer', min: 0, max: 1_000_000 }],
  ['big', { type: 'bigint' }],
  ['ratio', { type: 'decimal', precision: 12, scale: 4 }],
  ['weight', { type: 'float' }],
  ['share', { type: 'percent' }],
  ['price', { type: 'money' }],
  ['is_open', { type: 'boolean', default: true }],
  ['stage', { type: 'choice', options: [{ value: 'new' }, { value: 'open' }, { value: 'done' }], default: 'new' }],
  ['tags', { type: 'multi_choice', options: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] }],
  ['due_on', { type: 'date' }],
  ['met_at', { type: 'datetime' }],
  ['opens', { type: 'time' }],
  ['effort', { type: 'duration' }],
  ['stars', { type: 'rating' }],
  ['paint', { type: 'color' }],
  ['country', { type: 'country' }],
  ['tongue', { type: 'language' }],
  ['zone', { type: 'time_zone' }],
] as const

/** Fields of an entity that are not lookups. */
const fieldsWithoutLookups = 37

/** `count` entities named e0001 and on. */
export function largeModel(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => entity(i, count))
}

/** Name of the entity at a place. */
export function entityName(index: number): string {
  return `e${String(index + 1).padStart(4, '0')}`
}

function entity(index: number, count: number): JsonObject {
  const name = entityName(index)
  const fields = Array.from({ length: fieldsWithoutLookups }, (_, i): JsonObject => {
    const [stem, settings] = plain[i % plain.length]!
    const round = Math.floor(i / plain.length)
    return { name: round === 0 ? stem : `${stem}_${round + 1}`, ...structuredClone(settings) } as JsonObject
  })
  const lookups = [1, 7, Math.ceil(count / 2)].map((step, i): JsonObject => ({
    name: `link_${i + 1}`,
    type: 'lookup',
    target: entityName((index + step) % count),
    inverse: `${name}_by_${i + 1}`,
    onDelete: i === 0 ? 'restrict' : 'clear',
  }))
  return {
    kind: 'entity',
    name,
    label: { en: `Entity ${index + 1}`, fa: `موجودیت ${index + 1}` },
    plural: { en: `Entities ${index + 1}`, fa: `موجودیت‌های ${index + 1}` },
    ownership: index % 2 === 0 ? 'user' : 'organization',
    primaryField: 'title',
    fields: [...fields, ...lookups],
    keys: [{ name: 'code', fields: ['code'] }],
  }
}
