// The tables of facts of all field types, found by their folders: a new type is tested by being there.
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { types } from '@peyvand/core/types/index.ts'
import type { FieldType, TypeCases } from '@peyvand/core/types/type.ts'

export interface TypeTable {
  readonly name: string
  readonly cases: TypeCases
  readonly type: FieldType
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../../core/src/types')

/** Every type with its facts, by name. */
export const tables: readonly TypeTable[] = await Promise.all(
  globSync('*/cases.ts', { cwd: root })
    .sort()
    .map(async (file) => {
      const { cases } = (await import(pathToFileURL(join(root, file)).href)) as { cases: TypeCases }
      return { name: dirname(file), cases, type: types.get(dirname(file))! }
    }),
)

/** An input of the facts by column suffix: a bare value is the main one, an object of suffixes is several columns. */
export function inputOf(value: JsonValue): Record<string, JsonValue> {
  const several =
    isJsonObject(value) &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((key) => key === '' || key.startsWith('_'))
  return several ? value : { '': value }
}
