// A new role: a label, and the role it begins with, if any. What it opens is set on its page.
import { html } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import '../kit/select.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { textBox } from './boxes.ts'
import { draft, type Definition } from './draft.ts'
import { withLabel } from './label.ts'
import { freeName, nameFor, prefix } from './naming.ts'

/** Asks for a role and puts it into the draft. `copied` is the role it begins with. */
export async function createRole(copied?: string): Promise<void> {
  const form = { label: '', from: copied ?? '' }
  const roles = [...draft.model.roles.values()]
    .map(({ name, label }) => ({ value: name, label: labelOf(label, name), second: name }))
    .sort((a, b) => a.label.localeCompare(b.label))
  const made = await openDialog<boolean>(
    (answer, repaint) =>
      html`<form
        @submit=${(event: Event) => {
          event.preventDefault()
          if (form.label.trim() !== '') answer(true)
        }}
      >
        <header class="dialog-head"><h2>${say('role.new')}</h2></header>
        <div class="body">
          <p>${say('role.new.text')}</p>
          ${textBox('label', say('design.label'), form.label, (text) => {
            form.label = text
            repaint()
          })}
          <div class="field">
            <label class="label" for="new-role-from">${say('role.copy')}</label>
            <pv-select
              .controlId=${'new-role-from'}
              .label=${say('role.copy')}
              .placeholder=${say('role.copy.none')}
              .clearable=${true}
              .options=${roles}
              .value=${form.from || null}
              @pick=${(event: CustomEvent) => {
                form.from = (event.detail as string | null) ?? ''
                repaint()
              }}
            ></pv-select>
          </div>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button
          ><button class="button primary" ?disabled=${form.label.trim() === ''}>${say('create')}</button>
        </footer>
      </form>`,
    { label: say('role.new') },
  )
  if (made !== true) return
  const name = freeName(nameFor(form.label, prefix()) || `${prefix()}_role`, (one) => draft.model.roles.has(one))
  const from = draft.model.roles.get(form.from)
  const { id: _, description: __, ...like } = from ? draft.definition('role', from) : ({} as Partial<Definition>)
  draft.put({ ...like, kind: 'role', name, label: withLabel(undefined, form.label.trim()) })
  await route.go(`/studio/roles/${name}`)
}
