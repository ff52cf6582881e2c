// Making a new entity: a label is enough; the names follow from it and can be changed before they are published.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { namePattern } from '@peyvand/core/base/name.ts'
import { pluralName } from '@peyvand/core/model/names.ts'
import { html, nothing } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import { route } from '../shell/route.ts'
import { say, spoken } from '../texts/text.ts'
import { draft, type Definition } from './draft.ts'
import { withLabel } from './label.ts'
import { freeName, nameFor, prefix, rememberPrefix } from './naming.ts'

/** Asks for the label of a new entity and adds it to the draft. */
export async function createEntity(): Promise<void> {
  const form = { label: '', plural: '', name: '', named: false, pluralled: false }
  const taken = (name: string) => draft.model.entities.has(name)
  const problem = () =>
    form.name === ''
      ? ''
      : !namePattern.test(form.name)
        ? say('design.name.bad')
        : taken(form.name)
          ? say('design.name.taken')
          : ''
  const made = await openDialog<boolean>(
    (answer, repaint) => {
      const label = (text: string) => {
        form.label = text
        if (!form.named) {
          const name = nameFor(text, prefix())
          form.name = name && freeName(name, taken)
        }
        if (!form.pluralled) form.plural = spoken() === 'en' && text.trim() ? pluralName(text.trim()) : text
        repaint()
      }
      return html`<form
        @submit=${(event: Event) => {
          event.preventDefault()
          if (form.label.trim() && form.name && !problem()) answer(true)
        }}
      >
        <header class="dialog-head"><h2>${say('design.new')}</h2></header>
        <div class="body">
          <p>${say('design.new.text')}</p>
          <label class="field"
            ><span class="label">${say('design.label')}</span
            ><input
              class="input"
              name="label"
              dir="auto"
              required
              autofocus
              autocomplete="off"
              placeholder=${say('design.label.hint')}
              .value=${form.label}
              @input=${(event: Event) => label((event.target as HTMLInputElement).value)}
          /></label>
          <label class="field"
            ><span class="label">${say('design.plural')}</span
            ><input
              class="input"
              name="plural"
              dir="auto"
              required
              autocomplete="off"
              .value=${form.plural}
              @input=${(event: Event) => {
                form.plural = (event.target as HTMLInputElement).value
                form.pluralled = true
              }}
          /></label>
          <div class="field">
            <label class="label" for="new-entity-name">${say('design.name')}</label
            ><input
              class="input ltr"
              id="new-entity-name"
              name="name"
              required
              autocomplete="off"
              spellcheck="false"
              aria-invalid=${problem() ? 'true' : nothing}
              aria-describedby="new-entity-help"
              .value=${form.name}
              @input=${(event: Event) => {
                form.name = (event.target as HTMLInputElement).value
                form.named = true
                repaint()
              }}
            />
            ${problem() ? html`<span class="error" id="new-entity-help">${problem()}</span>` : html`<span class="help" id="new-entity-help">${say('design.name.help')}</span>`}
          </div>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button
          ><button class="button primary" ?disabled=${!form.label.trim() || !form.name || problem() !== ''}>
            ${say('create')}
          </button>
        </footer>
      </form>`
    },
    { label: say('design.new') },
  )
  if (made) {
    rememberPrefix(form.name)
    draft.put(newEntity(form))
    await route.go(`/studio/entity/${form.name}`)
  } else if (route.parts[1] === 'new') await route.go('/studio', { replace: true })
}

function newEntity({ label, plural, name }: { label: string; plural: string; name: string }): Definition {
  const text = (value: string) => withLabel(undefined, value.trim())
  const fields = [
    {
      name: 'name',
      type: 'text',
      label: { en: 'Name', fa: 'نام', ru: 'Название', th: 'ชื่อ', ro: 'Nume' },
      maxLength: 200,
      required: true,
    },
  ]
  return {
    kind: 'entity',
    name,
    label: text(label),
    plural: text(plural),
    entitySet: pluralName(name),
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    icon: 'table',
    fields,
    keys: [],
  } as unknown as JsonObject as Definition
}
