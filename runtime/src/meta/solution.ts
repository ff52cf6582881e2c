// Reads a solution folder into definitions: manifest, one or more definitions per JSON file, translations merged in.
// Decides the layout of the folder and the order of solutions; installing them is install.ts's work.
import { readFile, readdir } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { checkManifest, type SolutionManifest } from '@peyvand/core/solution/manifest.ts'
import { translate, type Translations } from '@peyvand/core/solution/translations.ts'

/** A solution as read from its folder. Definitions are not checked yet; labels carry every language. */
export interface Solution {
  readonly folder: string
  readonly manifest: SolutionManifest
  readonly definitions: readonly JsonObject[]
}

/** Folders inside a solution that hold no definitions. */
const notDefinitions = new Set(['translations', 'data', 'demo', 'node_modules'])

/**
 * Reads one solution. Files are taken in the order of their paths, so the same folder always gives the same list.
 * throws: Problem `missing.definition` without a solution.json, `check.definition` with one problem per broken file.
 */
export async function readSolution(folder: string): Promise<Solution> {
  const manifestFile = join(folder, 'solution.json')
  const written = await readJson(manifestFile, folder).catch((error: unknown) => {
    if (error instanceof Problem) throw error
    throw new Problem('missing.definition', {
      detail: `There is no solution in the folder "${basename(folder)}"`,
      target: 'solution.json',
    })
  })
  const files = (await readdir(folder, { recursive: true })).filter(isDefinitionFile).sort()
  const translations = await readTranslations(folder)
  const problems: Problem[] = []
  const definitions: JsonObject[] = []
  for (const file of files) {
    const content = await readJson(join(folder, file), folder).catch((error: unknown) => error as Problem)
    if (content instanceof Problem) problems.push(content)
    else collect(content, file, definitions, problems)
  }
  const manifest = readManifest(written, translations, problems)
  if (problems.length > 0) throw gather('check.definition', problems)
  return { folder, manifest, definitions: definitions.map((definition) => translate(definition, translations)) }
}

/**
 * Reads the named solutions and all they depend on from a folder of solutions, each after what it depends on.
 * throws: Problem `missing.definition` for a name that is not there, `check.definition` for a circle.
 */
export async function readSolutions(root: string, names: readonly string[]): Promise<Solution[]> {
  const known = (await readdir(root, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  const done = new Map<string, Solution>()
  const visit = async (name: string, path: readonly string[]): Promise<void> => {
    if (done.has(name)) return
    if (path.includes(name))
      throw new Problem('check.definition', {
        detail: `Solutions depend on each other in a circle: ${[...path, name].join(' → ')}`,
      })
    if (!known.includes(name))
      throw new Problem('missing.definition', {
        detail: `There is no solution "${name}"`,
        target: name,
        hint: suggest(name, known),
      })
    const solution = await readSolution(join(root, name))
    for (const needed of solution.manifest.depends ?? []) await visit(needed, [...path, name])
    done.set(name, solution)
  }
  for (const name of names) await visit(name, [])
  return [...done.values()]
}

function isDefinitionFile(file: string): boolean {
  const parts = file.split(sep)
  return (
    file.endsWith('.json') &&
    parts.length > 1 &&
    !notDefinitions.has(parts[0]!) &&
    !parts.some((part) => part.startsWith('.'))
  )
}

async function readJson(file: string, folder: string): Promise<JsonValue> {
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    throw new Problem('check.definition', {
      detail: `${relative(folder, file)} is not JSON: ${(error as Error).message}`,
      target: relative(folder, file),
    })
  }
}

async function readTranslations(folder: string): Promise<Map<string, Translations>> {
  const files = await readdir(join(folder, 'translations')).catch(() => [])
  const translations = new Map<string, Translations>()
  for (const file of files.filter((name) => name.endsWith('.json')).sort()) {
    translations.set(
      basename(file, '.json'),
      (await readJson(join(folder, 'translations', file), folder)) as Translations,
    )
  }
  return translations
}

function readManifest(
  written: JsonValue,
  translations: ReadonlyMap<string, Translations>,
  problems: Problem[],
): SolutionManifest {
  const wrong = checkManifest(written)
  problems.push(
    ...wrong.map(
      ({ code, message, pointer, hint }) =>
        new Problem(code, { detail: message, target: 'solution.json', pointer, hint }),
    ),
  )
  return (isJsonObject(written) ? translate(written, translations) : {}) as unknown as SolutionManifest
}

function collect(content: JsonValue, file: string, definitions: JsonObject[], problems: Problem[]): void {
  for (const definition of Array.isArray(content) ? content : [content]) {
    if (isJsonObject(definition) && typeof definition['kind'] === 'string' && typeof definition['name'] === 'string')
      definitions.push(definition)
    else
      problems.push(
        new Problem('check.definition', { detail: `${file} holds something without "kind" and "name"`, target: file }),
      )
  }
}
