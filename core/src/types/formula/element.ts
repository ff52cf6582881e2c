// Formulas on screen: shown, never typed. An amount looks like one.
import { computedElement } from '../computed.ts'
import { element as money } from '../money/element.ts'
import type { Shown } from '../paint.ts'
import { inCurrency } from '../returned.ts'
import { type } from './type.ts'

const plain = computedElement(type)
const priced = (shown: Shown): Shown => ({
  ...shown,
  record: inCurrency(shown.field, shown.reader, shown.record)!,
})

export const element: typeof plain = {
  ...plain,
  for(field) {
    const whole = plain.for!(field)
    if (field['returns'] !== 'money') return whole
    return {
      ...whole,
      width: money.width,
      numeric: true,
      cell: (shown) => money.cell(priced(shown)),
      total: (shown) => money.total!(priced(shown)),
    }
  },
}
