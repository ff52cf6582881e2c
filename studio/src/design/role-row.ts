// What a row of the matrix holds besides its cells: the rule its records have to meet, and for which operations it also reaches
// what the people below own. Asked in a dialog; gives the grants as they are then.
import type { Entity, Operation } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft } from './draft.ts'
import './expression/editor.ts'
import type { Wanted } from './expression/check.ts'
import { every, reportable, withReports, withRule, type Grants } from './role-grants.ts'

/** A condition that may also ask the values of whoever asks. */
const condition: Wanted = { kind: 'boolean', use: 'rule' }

/** Asks for the rule and the reports of an entity's grant, or the reports of every entity's; undefined when it stays as it is. */
export async function askRow(grants: Grants, entity: Entity | undefined): Promise<Grants | undefined> {
  const name = entity?.name ?? every
  const grant = grants.find((one) => one.entity === name)
  const form = { rule: grant?.rule ?? '', reports: (grant?.reports ?? []) as readonly Operation[] }
  const title = entity ? say('role.rule.title', { entity: labelOf(entity.plural, name) }) : say('role.every')
  const done = await openDialog<boolean>(
    (answer, repaint) =>
      html`<header class="dialog-head"><h2>${title}</h2></header>
        <div class="body">
          ${
            entity
              ? paintRule(entity, form.rule, (rule) => {
                  form.rule = rule
                  repaint()
                })
              : nothing
          }
          ${paintReports(reportable(grant), form.reports, (reports) => {
            form.reports = reports
            repaint()
          })}
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button>
          <button type="button" class="button primary" @click=${() => answer(true)}>${say('role.done')}</button>
        </footer>`,
    { label: title, wide: true },
  )
  return done === true ? withReports(withRule(grants, name, form.rule), name, form.reports) : undefined
}

function paintRule(entity: Entity, rule: string, give: (rule: string) => void): TemplateResult {
  return html`<div class="field">
    <label class="label" for="role-rule">${say('role.rule')}</label>
    <span class="help">${say('role.rule.text')}</span>
    <pv-expression
      .controlId=${'role-rule'}
      .value=${rule}
      .model=${draft.model}
      .entity=${entity}
      .wanted=${condition}
      @give=${(event: CustomEvent) => give(event.detail as string)}
    ></pv-expression>
  </div>`
}

function paintReports(
  offered: readonly Operation[],
  picked: readonly Operation[],
  give: (reports: readonly Operation[]) => void,
): TemplateResult {
  return html`<fieldset class="field">
    <legend class="label">${say('role.reports')}</legend>
    <span class="help">${say(offered.length === 0 ? 'role.reports.none' : 'role.reports.text')}</span>
    ${
      offered.length === 0
        ? nothing
        : html`<div class="role-ticks">
            ${offered.map(
              (operation) =>
                html`<label class="tick"
                  ><input
                    type="checkbox"
                    class="check"
                    .checked=${picked.includes(operation)}
                    @change=${(event: Event) =>
                      give(
                        (event.target as HTMLInputElement).checked
                          ? [...picked, operation]
                          : picked.filter((one) => one !== operation),
                      )}
                  /><span>${say(`role.op.${operation}`)}</span></label
                >`,
            )}
          </div>`
    }
  </fieldset>`
}
