// Are the shipped solutions whole? Every text in every language, written as people write it.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { languages } from '@peyvand/core/base/label.ts'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { CheckExpression } from '@peyvand/core/model/kind.ts'
import { isBetween } from '@peyvand/core/model/between.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { merge } from '@peyvand/core/solution/merge.ts'
import { textsOf, translate } from '@peyvand/core/solution/translations.ts'
import { readSolution, readSolutions } from '@peyvand/runtime/meta/solution.ts'
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../solutions', import.meta.url))
const solutions = await readSolutions(root, ['crm'])
const others = languages.filter((language) => language !== 'en')

/** Texts that are rightly the same in English and another language, as "language text". */
const sameOnPurpose = new Set([
  'ro Software',
  'ro Marketing',
  'ro General',
  'ro Administrator',
  'ro Calendar',
  'ro Gregorian',
  'ro Text',
  'ro Prospect',
  'ro E-mail',
])

/** Letters a text of the language must have at least one of. */
const script: Record<string, RegExp> = {
  fa: /\p{Script=Arabic}/u,
  ru: /\p{Script=Cyrillic}/u,
  th: /\p{Script=Thai}/u,
  ro: /\p{Script=Latin}/u,
}

/** What careful writers avoid, by language: Arabic kaf and yeh and a space before «ها» (fa), cedillas (ro), a spare space. */
const careless: Record<string, RegExp> = {
  fa: /[كيىة]|\sها(\s|$)|\u200c\s|\s\u200c|\u200c$/u,
  ru: /[a-z]{3}/,
  th: /เเ|\u0e4d\u0e32/u,
  ro: /[ŞşŢţ]/u,
}

const texts = solutions.flatMap((solution) =>
  [solution.manifest as unknown as JsonObject, ...solution.definitions].flatMap((part) =>
    [...textsOf(part)].map(([key, label]) => ({ key: `${solution.manifest.name}: ${key}`, label })),
  ),
)

describe('labels', () => {
  test('there are many', () => {
    expect(texts.length).toBeGreaterThan(350)
  })

  test.each(languages)('every text is there in %s', (language) => {
    const missing = texts.filter(
      ({ label }) => !isJsonObject(label) || typeof label[language] !== 'string' || label[language].trim() === '',
    )
    expect(missing.map(({ key }) => key)).toEqual([])
  })

  test.each(others)('no text in %s is left in English', (language) => {
    const left = texts.filter(
      ({ label }) =>
        isJsonObject(label) &&
        label[language] === label['en'] &&
        !sameOnPurpose.has(`${language} ${label['en'] as string}`),
    )
    expect(left.map(({ key }) => key)).toEqual([])
  })

  test.each(others)('every text in %s is in its script and carefully written', (language) => {
    const wrong = texts.filter(({ label }) => {
      const text = (label as JsonObject)[language] as string
      return (
        !script[language]!.test(text) ||
        careless[language]!.test(text) ||
        text !== text.trim() ||
        text !== text.normalize('NFC')
      )
    })
    expect(wrong.map(({ key, label }) => `${key}: ${(label as JsonObject)[language] as string}`)).toEqual([])
  })

  test('no translation is left over', async () => {
    for (const { folder, manifest, definitions } of solutions) {
      const known = new Set(
        [manifest as unknown as JsonObject, ...definitions].flatMap((part) => [...textsOf(part).keys()]),
      )
      for (const language of others) {
        const written = JSON.parse(
          await readFile(join(folder, 'translations', `${language}.json`), 'utf8'),
        ) as JsonObject
        expect(
          Object.keys(written).filter((key) => !known.has(key)),
          `${manifest.name}/${language}`,
        ).toEqual([])
      }
    }
  })

  test('every field, option, view, form, section, tab, app, area and role has one', () => {
    const bare: string[] = []
    const unnamed = ['keys', 'grants', 'columns', 'sort', 'items', 'controls']
    const look = (part: JsonObject, path: string): void => {
      for (const [property, value] of Object.entries(part)) {
        if (!Array.isArray(value) || unnamed.includes(property) || (property === 'fields' && path.startsWith('role/')))
          continue
        for (const item of value) {
          if (!isJsonObject(item)) continue
          const name = `${path}/${(item['name'] ?? item['value']) as string}`
          if (item['label'] === undefined) bare.push(name)
          look(item, name)
        }
      }
    }
    for (const definition of solutions.flatMap((solution) => solution.definitions)) {
      const path = `${definition['kind'] as string}/${definition['name'] as string}`
      if (isExtension(definition)) continue
      if (definition['label'] === undefined) bare.push(path)
      look(definition, path)
    }
    expect(bare).toEqual([])
  })
})

/** A definition that only adds to one of a lower layer. */
function isExtension({ kind, entitySet, entity }: JsonObject): boolean {
  return (kind === 'entity' && entitySet === undefined) || (kind === 'form' && entity === undefined)
}

describe('definitions', () => {
  const layers = solutions.map(({ manifest, definitions }) => ({ name: manifest.name, definitions }))
  const expression: CheckExpression = (text, entity, model, use) => {
    const people = use === 'rule' ? model.entities.get('user') : undefined
    const syntax = parseCel(text)
    const bound =
      syntax instanceof Problem
        ? syntax
        : bindExpression(
            syntax,
            {
              root: wireOf(model, model.entities.get(entity)!),
              wire: (id) => wireOf(model, model.entityById.get(id)!),
              ...(people && { asker: wireOf(model, people) }),
            },
            'boolean',
          )
    return bound instanceof Problem ? bound : undefined
  }
  const say = (problems: readonly Problem[]): string[] =>
    problems.map(({ pointer, message }) => `${pointer}: ${message}`)

  test.each([
    ['base', 1],
    ['base and crm', 2],
  ])('%s have no problem', (_, count) => {
    const { definitions } = merge(layers.slice(0, count))
    expect(say(checkDefinitions(definitions, { expression }))).toEqual([])
  })

  test('activities and notes are about what is there', () => {
    const targets = (count: number): unknown[] => {
      const model = buildModel(merge(layers.slice(0, count)).definitions as unknown as Definition[], 1)
      return ['activity', 'note'].map(
        (name) => model.entities.get(name)!.fields.find((field) => field.name === 'regarding')!['target'],
      )
    }
    expect(targets(1)).toEqual([
      ['user', 'team', 'activity'],
      ['user', 'team', 'activity'],
    ])
    expect(targets(2)).toEqual([
      ['account', 'contact', 'opportunity', 'lead', 'user', 'team', 'activity'],
      ['account', 'contact', 'opportunity', 'lead', 'user', 'team', 'activity'],
    ])
  })

  test('every entity has a key to upsert by, a default view, a form, and a place in an app', () => {
    const model = buildModel(merge(layers).definitions as unknown as Definition[], 1)
    const shown = new Set(
      [...model.apps.values()].flatMap(({ areas }) => areas.flatMap(({ items }) => items.map(({ entity }) => entity))),
    )
    for (const entity of model.entities.values()) {
      // Links are shown where the records are that they link.
      if (entity.intersect === true) continue
      expect(entity.keys.length, `${entity.name}: key`).toBeGreaterThan(0)
      expect(
        [...model.views.values()].filter(
          (view) => view.entity === entity.name && view.default === true && view.generated !== true,
        ).length,
        `${entity.name}: default view`,
      ).toBe(1)
      expect(
        [...model.forms.values()].filter((form) => form.entity === entity.name && form.generated !== true).length,
        `${entity.name}: form`,
      ).toBe(1)
      if (!isBetween(model, entity)) expect(shown.has(entity.name), `${entity.name}: app`).toBe(true)
    }
  })

  test('forms show every field of their entity but those the server composes', () => {
    const model = buildModel(merge(layers).definitions as unknown as Definition[], 1)
    const hidden = new Set([
      'activity.reference',
      'note.reference',
      'team_member.number',
      'queue_member.number',
      'consent.number',
      'contact.full_name',
      'lead.full_name',
    ])
    for (const form of model.forms.values()) {
      if (form.generated === true) continue
      const used = new Set(
        form.tabs.flatMap(({ sections }) => sections.flatMap(({ controls }) => controls.map(({ field }) => field))),
      )
      const missing = model.entities
        .get(form.entity)!
        .fields.filter(
          (field) => field.system !== true && !used.has(field.name) && !hidden.has(`${form.entity}.${field.name}`),
        )
      expect(
        missing.map(({ name }) => name),
        form.name,
      ).toEqual([])
    }
  })

  test('only the 14 colours of the palette are used', () => {
    const palette = new Set([
      'gray',
      'red',
      'orange',
      'amber',
      'yellow',
      'lime',
      'green',
      'teal',
      'cyan',
      'blue',
      'indigo',
      'violet',
      'pink',
      'brown',
    ])
    const used = JSON.stringify(layers)
      .matchAll(/"color":"([^"]+)"/g)
      .map((match) => match[1]!)
      .toArray()
    expect(used.length).toBeGreaterThan(50)
    expect(used.filter((color) => !palette.has(color))).toEqual([])
  })
})

describe('translate', () => {
  const rows: readonly { title: string; definition: JsonObject; texts: Record<string, string>; gives: JsonObject }[] = [
    {
      title: 'a plain text',
      definition: { kind: 'role', name: 'seller', label: 'Seller' },
      texts: { 'role/seller': 'Продавец' },
      gives: { kind: 'role', name: 'seller', label: { en: 'Seller', ru: 'Продавец' } },
    },
    {
      title: 'plural and option',
      definition: {
        kind: 'entity',
        name: 'car',
        plural: 'Cars',
        fields: [{ name: 'fuel', options: [{ value: 'gas', label: 'Gas' }] }],
      },
      texts: { 'entity/car.plural': 'Машины', 'entity/car/fields/fuel/options/gas': 'Газ' },
      gives: {
        kind: 'entity',
        name: 'car',
        plural: { en: 'Cars', ru: 'Машины' },
        fields: [{ name: 'fuel', options: [{ value: 'gas', label: { en: 'Gas', ru: 'Газ' } }] }],
      },
    },
    {
      title: 'what the definition says wins',
      definition: { kind: 'role', name: 'seller', label: { en: 'Seller', ru: 'Торговец' } },
      texts: { 'role/seller': 'Продавец' },
      gives: { kind: 'role', name: 'seller', label: { en: 'Seller', ru: 'Торговец' } },
    },
    {
      title: 'nothing to add',
      definition: { kind: 'role', name: 'seller', label: 'Seller' },
      texts: {},
      gives: { kind: 'role', name: 'seller', label: 'Seller' },
    },
  ]
  test.each(rows)('$title', ({ definition, texts: written, gives }) => {
    expect(translate(definition, new Map([['ru', written]]))).toEqual(gives)
  })
})

describe('a solution folder', () => {
  const made: string[] = []
  afterAll(async () => {
    for (const folder of made) await rm(folder, { recursive: true })
  })
  async function make(files: Record<string, string>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'solution-'))
    made.push(folder)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    return folder
  }
  const manifest = (name: string, depends: string[] = []): string =>
    JSON.stringify({ name, version: '1.0.0', publisher: 'abc', label: name, depends })

  test('base comes before crm, and both are told apart', () => {
    expect(solutions.map((solution) => solution.manifest.name)).toEqual(['base', 'crm'])
    expect(solutions[1]!.manifest.depends).toEqual(['base'])
  })

  test('files hold one definition or a list; translations, reference records and demo data are not definitions', async () => {
    const folder = await make({
      'solution.json': manifest('cars'),
      'entities/car.json': '{"kind":"entity","name":"car"}',
      'views/car.json': '[{"kind":"view","name":"a"},{"kind":"view","name":"b"}]',
      'translations/ru.json': '{}',
      'data/car.json': '{"key":"name","records":[]}',
      'demo/rows.json': '{"some":"rows"}',
    })
    expect((await readSolution(folder)).definitions.map((definition) => definition['name'])).toEqual(['car', 'a', 'b'])
  })

  test('every broken file is told at once', async () => {
    const folder = await make({
      'solution.json': '{"name":"x","depends":"base"}',
      'entities/a.json': '{',
      'entities/b.json': '{"kind":"entity"}',
    })
    const problem = await readSolution(folder).catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'check.definition' })
    expect((problem as { problems: { target: string }[] }).problems.map(({ target }) => target)).toEqual([
      'entities/a.json',
      'entities/b.json',
      'solution.json',
      'solution.json',
    ])
  })

  test('a missing solution is named with a hint, a circle is refused', async () => {
    await expect(readSolutions(root, ['crn'])).rejects.toMatchObject({
      code: 'missing.definition',
      hint: 'Did you mean "crm"?',
    })
    const circle = await make({ 'a/solution.json': manifest('a', ['b']), 'b/solution.json': manifest('b', ['a']) })
    await expect(readSolutions(circle, ['a'])).rejects.toMatchObject({
      code: 'check.definition',
      message: expect.stringContaining('a → b → a'),
    })
    await expect(readSolution(await make({ 'entities/a.json': '{}' }))).rejects.toMatchObject({
      code: 'missing.definition',
    })
  })
})
