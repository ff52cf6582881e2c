// One setting of a field's type: its label, and the control that fits it (setting-controls.ts).
import { html, type TemplateResult } from 'lit'
import { enStudio } from '../texts/en-studio.ts'
import { say, type TextKey } from '../texts/text.ts'
import { controls, paintText, whole, type Asked, type Paint, type Setting } from './setting-controls.ts'

/** Paints one setting. */
export function paintSetting(asked: Asked): TemplateResult {
  const { name, field, give } = asked
  const setting: Setting = {
    ...asked,
    id: `setting-${name}`,
    label: settingLabel(name),
    value: field[name],
    set: (next) => give({ [name]: next }),
  }
  return firstOf(whole, setting) ?? framed(setting, firstOf(controls, setting) ?? paintText(setting))
}

function firstOf(paints: readonly Paint[], setting: Setting): TemplateResult | undefined {
  for (const paint of paints) {
    const painted = paint(setting)
    if (painted !== undefined) return painted
  }
  return undefined
}

function framed({ id, label }: Setting, control: TemplateResult): TemplateResult {
  return html`<div class="field"><label class="label" for=${id}>${label}</label>${control}</div>`
}

/** A setting's label: a translation when there is one, else its name in words. */
export function settingLabel(name: string): string {
  const key = `setting.${name}`
  return key in enStudio
    ? say(key as TextKey)
    : name.replace(/([A-Z])/g, ' $1').replace(/^./, (first) => first.toUpperCase())
}
