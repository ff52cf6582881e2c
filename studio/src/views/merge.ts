// Merging two records: both side by side, which one stays, whose value is kept where they differ, and what goes over. Loaded
// when somebody merges.
import { elementOf } from '@peyvand/core/elements'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { sameValue } from '@peyvand/core/form/state.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { countsOf, mergeRecords } from '../data/links.ts'
import { current } from '../data/model.ts'
import { read, type Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { openDialog, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from './reader.ts'

interface Choice {
  winner: 0 | 1
  /** Field → whose value is kept. */
  readonly from: Map<string, 0 | 1>
}

/** Merges two records after asking what is to be kept; false when the person thought better of it. */
export async function mergeTwo(entity: Entity, ids: readonly [string, string]): Promise<boolean> {
  const rows = await Promise.all(ids.map((id) => read(entity, id))).catch((error: unknown) => {
    toast(html`${explain(error)}`, undefined, 'bad')
    return undefined
  })
  if (!rows) return false
  const pair = rows as [Row, Row]
  const moves = await Promise.all(ids.map((id) => movesOf(entity, id)))
  const fields = differing(entity, pair)
  const choice: Choice = { winner: 0, from: new Map() }
  // What only one of the two says is kept, whoever stays.
  for (const field of fields) if (isEmptyIn(entity, field, pair[0])) choice.from.set(field.name, 1)
  const yes = await openDialog<boolean>(
    (answer, repaint) => paint({ entity, pair, fields, moves, choice, answer, repaint }),
    { wide: true, label: say('merge.title') },
  )
  return yes === true && send(entity, pair, fields, choice)
}

async function send(
  entity: Entity,
  pair: readonly [Row, Row],
  fields: readonly Field[],
  choice: Choice,
): Promise<boolean> {
  const loser = choice.winner === 0 ? 1 : 0
  const take = fields.filter(({ name }) => fromOf(choice, name) === loser).map(({ name }) => name)
  const side = (at: 0 | 1) => ({ id: pair[at].id, version: Number(pair[at]['version']) })
  try {
    await mergeRecords(entity, side(choice.winner), side(loser), take)
    toast(say('merge.done', { name: nameOf(entity, pair[choice.winner]) }))
    return true
  } catch (error) {
    toast(
      html`${explain(error)}${detailOf(error) ? html` <span dir="auto">${detailOf(error)}</span>` : nothing}`,
      undefined,
      'bad',
    )
    return false
  }
}

const fromOf = (choice: Choice, field: string): 0 | 1 => choice.from.get(field) ?? choice.winner
const nameOf = (entity: Entity, row: Row): string => textIn(row, entity.primaryField) ?? ''

function propertiesOf(entity: Entity, field: Field) {
  return [...wireOf(current(), entity).properties.values()].filter((property) => property.field.id === field.id)
}

function isEmptyIn(entity: Entity, field: Field, row: Row): boolean {
  return propertiesOf(entity, field).every(
    ({ name }) => row[name] === null || row[name] === undefined || row[name] === '',
  )
}

/** The fields a person may decide about: those that differ and may be written. */
function differing(entity: Entity, [a, b]: readonly [Row, Row]): Field[] {
  const locked = current().locked.get(entity.name)
  return entity.fields.filter((field) => {
    const writable = propertiesOf(entity, field).filter(({ readOnly }) => !readOnly)
    const kept =
      field.name === 'state' || field.name === 'status' || locked?.has(field.name) || field.masked !== undefined
    return !kept && writable.some(({ name }) => !sameValue(a[name], b[name]))
  })
}

/** What would go over from a record: labels of its collections with how many there are. */
async function movesOf(entity: Entity, id: string): Promise<readonly { label: string; count: number }[]> {
  const collections = [...wireOf(current(), entity).navigations.values()].filter(({ collection }) => collection)
  const counts = await countsOf(entity, id, collections).catch(() => new Map<string, number>())
  return collections.flatMap(({ name, target }) => {
    const count = counts.get(name) ?? 0
    const other = current().entityById.get(target)
    return count > 0 && other ? [{ label: labelOf(other.plural, other.name), count }] : []
  })
}

interface Painted {
  readonly entity: Entity
  readonly pair: readonly [Row, Row]
  readonly fields: readonly Field[]
  readonly moves: readonly (readonly { label: string; count: number }[])[]
  readonly choice: Choice
  readonly answer: (yes?: boolean) => void
  readonly repaint: () => void
}

function paint(painted: Painted): TemplateResult {
  const { fields, choice, answer, moves } = painted
  const loser = choice.winner === 0 ? 1 : 0
  return html`<header><h2>${say('merge.title')}</h2></header>
    <div class="body merge">
      <p class="quiet">${say('merge.text')}</p>
      <div class="merge-scroll">
        <table>
          <thead>
            <tr>
              <td></td>
              ${([0, 1] as const).map((at) => head(painted, at))}
            </tr>
          </thead>
          <tbody>
            ${fields.map((field) => line(painted, field))}
          </tbody>
        </table>
        ${fields.length === 0 ? html`<p class="quiet none">${say('merge.same')}</p>` : nothing}
      </div>
      <h3>${say('merge.moves')}</h3>
      ${
        moves[loser]!.length === 0
          ? html`<p class="quiet">${say('merge.nothing')}</p>`
          : html`<ul class="merge-moves">
              ${moves[loser]!.map(({ label, count }) => html`<li>${label} <span class="tabular quiet">${new Intl.NumberFormat(settings.locale).format(count)}</span></li>`)}
            </ul>`
      }
    </div>
    <footer>
      <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button>
      <button type="button" class="button primary" @click=${() => answer(true)}>
        ${icon('link', 14)}${say('merge')}
      </button>
    </footer>`
}

function head({ entity, pair, choice, repaint }: Painted, at: 0 | 1): TemplateResult {
  const pick = () => {
    choice.winner = at
    repaint()
  }
  return html`<th scope="col" class=${choice.winner === at ? 'wins' : ''}>
    <label
      ><input type="radio" name="winner" .checked=${choice.winner === at} @change=${pick} /><bdi
        >${nameOf(entity, pair[at]) || say('untitled')}</bdi
      ></label
    >
    <span class="quiet">${say(choice.winner === at ? 'merge.stays' : 'merge.goes')}</span>
  </th>`
}

function line({ entity, pair, choice, repaint }: Painted, field: Field): TemplateResult {
  const from = fromOf(choice, field.name)
  return html`<tr>
    <th scope="row">${labelOf(field.label, field.name)}</th>
    ${([0, 1] as const).map((at) => {
      const pick = () => {
        choice.from.set(field.name, at)
        repaint()
      }
      const shown = elementOf(field.type).cell({ entity, field, record: pair[at], reader: reader() })
      return html`<td class=${from === at ? 'wins' : ''}>
        <label
          ><input type="radio" name=${`merge-${field.name}`} .checked=${from === at} @change=${pick} /><span dir="auto"
            >${shown === nothing || isEmptyIn(entity, field, pair[at]) ? html`<span class="quiet">${say('merge.empty')}</span>` : shown}</span
          ></label
        >
      </td>`
    })}
  </tr>`
}
