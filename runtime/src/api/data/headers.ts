// The request headers the data service reads: If-Match, If-None-Match, OData-MaxVersion, Accept, Content-Type; Prefer is
// prefer.ts's. Decides what they mean and refuses what cannot be read; never guesses.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { MetadataLevel } from '@peyvand/core/query/compile.ts'

/** An entity-tag condition: any record, or one of these versions. */
export type Condition =
  | { readonly any: true }
  | {
      readonly any: false
      readonly versions: readonly number[]
      /** What stands between the quotes, whole. */
      readonly tags: readonly string[]
    }

/** Reads `If-Match` or `If-None-Match`: `*`, or versions as `W/"3"` (or `"3"`), separated by commas. */
export function readCondition(name: string, header: string | undefined): Condition | Problem | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  // Some clients write the word when they have no tag, to keep a cache from answering.
  if (text === '' || text === 'null') return undefined
  if (text === '*') return { any: true }
  if (!/^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/.test(text) || text.length > 2000) {
    return unreadable(name, 'An entity tag looks like W/"3"', 'Send the @odata.etag of the record, or *')
  }
  const tags = [...text.matchAll(/"([^"]*)"/g)].map(([, tag]) => tag!)
  return { any: false, tags, versions: tags.map((tag) => Number(/^(\d{1,9})(?:\.[0-9a-f]{8})?$/.exec(tag)?.[1] ?? -1)) }
}

/** Whether a tag is among those of a condition. `etag` as it is answered: `W/"3"`. */
export function meets(condition: Condition, etag: string): boolean {
  return condition.any || condition.tags.includes(etag.slice(3, -1))
}

/** Several requests cannot see the same moment: who asks for that is told, instead of being answered from different ones. */
export function checkIsolation(header: (name: string) => string | undefined): Problem | undefined {
  const isolation = header('odata-isolation') ?? header('isolation')
  if (isolation === undefined) return undefined
  return new Problem('request.precondition', {
    detail: `The isolation "${isolation.slice(0, 40)}" is not supported`,
    target: 'OData-Isolation',
    hint: 'Leave the header out; every single answer comes from one moment',
  })
}

/** The entity tag of a version. */
export function etagOf(version: number): string {
  return `W/"${version}"`
}

/** `4.0` when the caller can read no more than that, else `4.01`. */
export function versionFor(maxVersion: string | undefined): '4.0' | '4.01' | Problem {
  if (maxVersion === undefined) return '4.01'
  const version = /^\s*(\d+)\.(\d+)\s*$/.exec(maxVersion)
  if (!version) return unreadable('OData-MaxVersion', 'The version looks like 4.01')
  if (Number(version[1]) < 4)
    return new Problem('request.unsupported', {
      detail: 'OData before 4.0 is not supported',
      target: 'OData-MaxVersion',
    })
  return version[1] === '4' && Number(version[2]) === 0 ? '4.0' : '4.01'
}

/** Whether a JavaScript reader wants the numbers it would round as text: `IEEE754Compatible=true` in Accept or $format. */
export function wantsExact(accept: string | undefined, query: string): boolean {
  const asked = /;\s*ieee754compatible\s*=\s*true\b/i
  if (accept !== undefined && asked.test(accept)) return true
  const format = /(?:^|&)(?:\$|%24)?format=([^&]*)/i.exec(query)?.[1]
  return format !== undefined && asked.test(format.replace(/%3b/gi, ';').replace(/%3d/gi, '='))
}

/** The content type of a JSON answer. */
export function jsonType(exact: boolean, metadata?: MetadataLevel): string {
  const level = metadata === undefined ? '' : `;odata.metadata=${metadata}`
  return `application/json${level}${exact ? ';IEEE754Compatible=true' : ''}`
}

/** How much control information is asked for, in $format or Accept; undefined when neither says. */
export function metadataOf(accept: string | undefined, query: string): MetadataLevel | undefined {
  const format = /(?:^|&)(?:\$|%24)?format=([^&]*)/i.exec(query)?.[1]?.replace(/%3b/gi, ';').replace(/%3d/gi, '=')
  const level = /;\s*(?:odata\.)?metadata\s*=\s*(none|minimal|full)\b/i.exec(format ?? accept ?? '')?.[1]
  return level?.toLowerCase() as MetadataLevel | undefined
}

/** The problem of a caller who takes no JSON. `$format` overrules the header. */
export function checkAccept(accept: string | undefined, query: string): Problem | undefined {
  if (accept === undefined || accept.trim() === '' || /(?:^|&)(?:\$|%24)?format=/i.test(query)) return undefined
  const takes = (part: string) =>
    /^\s*(?:\*\/\*|application\/\*|application\/json|[^;]*\+json)\s*(?:;|$)/i.test(part) &&
    !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(part)
  if (accept.split(',').some(takes)) return undefined
  return new Problem('request.accept', {
    detail: 'The answer is JSON',
    target: 'Accept',
    hint: 'Accept application/json',
  })
}

/** A problem when a body is sent that is not JSON. */
export function checkContentType(header: string | undefined): Problem | undefined {
  const type = (header ?? '').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'))) return undefined
  const detail =
    type === '' ? 'The body has no content type' : `The content type "${type.slice(0, 80)}" is not accepted`
  return new Problem('request.media', { detail, target: 'Content-Type', hint: 'Send application/json' })
}

/** The problem of a header that cannot be read. */
export function unreadable(header: string, detail: string, hint?: string): Problem {
  return new Problem('request.malformed', { detail, target: header, hint: hint ?? `Correct the ${header} header` })
}
