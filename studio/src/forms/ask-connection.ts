// Asks what a record shall be connected with, and how: the other record first, then the roles that fit the two.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { fitsPair, namesIn, type FittingRole } from '@peyvand/core/model/connection.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { list } from '../data/records.ts'
import { openDialog } from '../kit/dialog.ts'
import '../kit/lookup.ts'
import type { Linked } from '../kit/lookup.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'
import { connectable } from './connectable.ts'

interface Role extends FittingRole {
  readonly id: string
  readonly name: string
  readonly reciprocal: string | null
}

async function readRoles(): Promise<readonly Role[]> {
  const entity = current().entities.get('connection_role')
  if (!entity) return []
  const { rows } = await list({
    entity,
    fields: ['name', 'reciprocal', 'fits', 'fits_other'],
    filter: `state eq 'active'`,
    orderby: 'name',
    top: 500,
  })
  return rows.map((row) => ({
    id: row.id,
    name: textIn(row, 'name') ?? '',
    reciprocal: (row['reciprocal_id'] as string | null) ?? null,
    fits: namesIn(textIn(row, 'fits')),
    fitsOther: namesIn(textIn(row, 'fits_other')),
  }))
}

/** What was said so far. `theirs` and `ours`: ids of roles, or empty. */
interface Wish {
  other: Linked | undefined
  theirs: string
  ours: string
  note: string
}

/** Asks. Gives the values of the connection; undefined when nothing came of it. */
export async function askConnection(entity: Entity, id: string): Promise<JsonObject | undefined> {
  const roles = await readRoles()
  const wish: Wish = { other: undefined, theirs: '', ours: '', note: '' }
  return openDialog<JsonObject>(
    (answer, repaint) =>
      html`<header><h2>${say('connections.add')}</h2></header>
        <div class="body form-stack">
          ${paintOther(entity, wish, repaint)} ${paintRoles(entity, wish, roles, repaint)} ${paintNote(wish)}
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button
            type="button"
            class="button primary"
            ?disabled=${!wish.other}
            @click=${() => answer(valuesOf(entity, id, wish))}
          >
            ${say('connections.add')}
          </button>
        </footer>`,
    { label: say('connections.add') },
  )
}

function valuesOf(entity: Entity, id: string, { other, theirs, ours, note }: Wish): JsonObject {
  return {
    record1_id: id,
    record1_type: entity.name,
    record2_id: other!.id,
    record2_type: other!.entity,
    role1_id: ours || null,
    role2_id: theirs || null,
    description: note.trim() || null,
  }
}

function paintOther(entity: Entity, wish: Wish, repaint: () => void): TemplateResult {
  const targets = (connectable(entity) ?? []).map(({ name, label, icon }) => ({
    entity: name,
    label: labelOf(label, name),
    icon,
  }))
  return html`<label class="field"
    ><span class="label">${say('connections.record')}</span
    ><pv-lookup
      .label=${say('connections.record')}
      .value=${wish.other ?? null}
      .targets=${targets}
      .source=${reader().source}
      @pick=${(event: CustomEvent) => {
        const before = wish.other?.entity
        wish.other = (event.detail as Linked | null) ?? undefined
        if (wish.other?.entity !== before) wish.theirs = wish.ours = ''
        repaint()
      }}
    ></pv-lookup
  ></label>`
}

/** The roles of the two: what fits who is chosen, and before that nothing. */
function paintRoles(entity: Entity, wish: Wish, roles: readonly Role[], repaint: () => void): TemplateResult {
  const byId = new Map(roles.map((role) => [role.id, role]))
  const other = wish.other?.entity
  const box = (mine: 'theirs' | 'ours', whose: string | undefined, facing: string | undefined) => {
    const fitting = roles.filter(
      (role) =>
        whose !== undefined &&
        facing !== undefined &&
        fitsPair(role, whose, facing, role.reciprocal === null ? undefined : byId.get(role.reciprocal)),
    )
    return paintRole(say(`connections.${mine}`), wish[mine], fitting, (value) => {
      wish[mine] = value
      // The other side of a role is known by itself.
      const facingSide = mine === 'theirs' ? 'ours' : 'theirs'
      wish[facingSide] = byId.get(value)?.reciprocal ?? wish[facingSide]
      repaint()
    })
  }
  return html`${box('theirs', other, entity.name)} ${box('ours', entity.name, other)}`
}

function paintRole(
  label: string,
  value: string,
  roles: readonly Role[],
  change: (value: string) => void,
): TemplateResult {
  return html`<label class="field"
    ><span class="label">${label}</span
    ><pv-select
      .label=${label}
      .value=${value}
      .options=${[{ value: '', label: '—' }, ...roles.map((role) => ({ value: role.id, label: role.name }))]}
      @pick=${(event: CustomEvent) => change(event.detail as string)}
    ></pv-select
  ></label>`
}

function paintNote(wish: Wish): TemplateResult {
  return html`<label class="field"
    ><span class="label">${say('connections.description')}</span
    ><input
      class="input"
      type="text"
      dir="auto"
      maxlength="2000"
      @input=${(event: Event) => {
        wish.note = (event.target as HTMLInputElement).value
      }}
  /></label>`
}
