// An annotation of `$metadata` as a value, and how it is printed in the two spellings of CSDL. What is annotated stands in
// annotations.ts.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'

/** A value; `path`, `of` and `enum` stand for what the other spelling has words of its own for. */
export type AnnotationValue =
  | boolean
  | number
  | string
  /** The name of a property. */
  | { readonly path: string }
  /** The value of a property. */
  | { readonly of: string }
  | { readonly enum: string }
  | readonly AnnotationValue[]
  | { readonly record: Readonly<Record<string, AnnotationValue>>; readonly annotations?: readonly Annotation[] }

export interface Annotation {
  readonly term: string
  /** Tells several values of one term apart: a language. */
  readonly qualifier?: string
  readonly value: AnnotationValue
}

/** `<Annotation …/>` for each. */
export function annotationsXml(annotations: readonly Annotation[]): string {
  return annotations.map(annotationXml).join('')
}

function annotationXml({ term, qualifier, value }: Annotation): string {
  const name = `Term="${term}"${qualifier === undefined ? '' : ` Qualifier="${qualifier}"`}`
  const attribute = attributeOf(value)
  return attribute === undefined
    ? `<Annotation ${name}>${valueXml(value)}</Annotation>`
    : `<Annotation ${name} ${attribute}/>`
}

/** A plain value as the attribute it is; undefined for lists and records. */
function attributeOf(value: AnnotationValue): string | undefined {
  if (typeof value === 'boolean') return `Bool="${value}"`
  if (typeof value === 'number') return `${Number.isInteger(value) ? 'Int' : 'Decimal'}="${value}"`
  if (typeof value === 'string') return `String="${escapeXml(value)}"`
  if ('path' in value) return `PropertyPath="${value.path}"`
  if ('of' in value) return `Path="${value.of}"`
  return 'enum' in value ? `EnumMember="${value.enum}"` : undefined
}

function valueXml(value: AnnotationValue): string {
  if (Array.isArray(value))
    return `<Collection>${(value as readonly AnnotationValue[]).map(valueXml).join('')}</Collection>`
  if (typeof value === 'object' && 'record' in value) {
    const members = Object.entries(value.record).map(([name, member]) => {
      const attribute = attributeOf(member)
      return attribute === undefined
        ? `<PropertyValue Property="${name}">${valueXml(member)}</PropertyValue>`
        : `<PropertyValue Property="${name}" ${attribute}/>`
    })
    return `<Record>${members.join('')}${annotationsXml(value.annotations ?? [])}</Record>`
  }
  if (typeof value === 'object' && 'path' in value) return `<PropertyPath>${value.path}</PropertyPath>`
  if (typeof value === 'object' && 'of' in value) return `<Path>${value.of}</Path>`
  if (typeof value === 'object' && 'enum' in value) return `<EnumMember>${value.enum}</EnumMember>`
  const plain = value as boolean | number | string
  const number = Number.isInteger(plain) ? 'Int' : 'Decimal'
  const tag = typeof plain === 'string' ? 'String' : typeof plain === 'boolean' ? 'Bool' : number
  return `<${tag}>${escapeXml(String(plain))}</${tag}>`
}

/** Text inside XML; characters that XML cannot hold are left out. */
export function escapeXml(text: string): string {
  return Array.from(text, (char) => escaped[char] ?? (isXmlChar(char.codePointAt(0)!) ? char : '')).join('')
}

const escaped: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

function isXmlChar(code: number): boolean {
  return code >= 0x20 && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff
}

/** `"@Term": value` for each. */
export function annotationsJson(annotations: readonly Annotation[]): JsonObject {
  return Object.fromEntries(
    annotations.map(({ term, qualifier, value }) => [
      `@${term}${qualifier === undefined ? '' : `#${qualifier}`}`,
      valueJson(value),
    ]),
  )
}

function valueJson(value: AnnotationValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly AnnotationValue[]).map(valueJson)
  if (typeof value !== 'object') return value
  if ('path' in value) return value.path
  if ('of' in value) return { $Path: value.of }
  if ('enum' in value) return value.enum.split('/').at(-1)!
  const { record, annotations = [] } = value as Extract<AnnotationValue, { record: unknown }>
  const members = Object.entries(record).map(([name, member]) => [name, valueJson(member)] as const)
  return { ...Object.fromEntries(members), ...annotationsJson(annotations) }
}
