// Numbers of the data service without loss: large and decimal ones are asked for as text, and become numbers again only
// where a number says exactly the same; the rest stays text, which every number field takes.
import { decimalText } from '@peyvand/core/base/decimal.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { current } from './model.ts'

/** What asks for text instead of numbers that a double would round. */
export const exactJson = { accept: 'application/json;IEEE754Compatible=true' } as const

/** A record whose texts of numbers are numbers where that loses nothing; records inside it too. */
export function withNumbers<R extends Readonly<Record<string, unknown>>>(entity: Entity, record: R): R {
  const { properties, navigations } = wireOf(current(), entity)
  const entries = Object.entries(record).map(([name, value]): [string, unknown] => {
    const kind = properties.get(name)?.kind
    if (typeof value === 'string' && (kind === 'decimal' || kind === 'integer')) return [name, numberOf(value)]
    const target = isJsonObject(value) ? current().entityById.get(navigations.get(name)?.target ?? '') : undefined
    return [name, target ? withNumbers(target, value as Readonly<Record<string, unknown>>) : value]
  })
  return Object.fromEntries(entries) as R
}

function numberOf(text: string): number | string {
  const plain = decimalText(text) ?? text
  const number = Number(plain)
  return decimalText(number) === plain ? number : plain
}
