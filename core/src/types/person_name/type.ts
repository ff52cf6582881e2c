// The name of a person: title, first, middle and last name, and the full name they make. A full name given alone is taken
// apart at its last space, as a business card is read.
import type { Field } from '../../model/model.ts'
import { compositeType } from '../composite.ts'
import { nameMasks } from '../mask.ts'

export interface PersonNameField extends Field {
  readonly order?: 'first_last' | 'last_first'
}

/** Column suffixes of the parts with the most characters they take. */
export const parts = { _title: 40, _first: 100, _middle: 100, _last: 100 } as const

export const type = compositeType<PersonNameField>({
  name: 'person_name',
  label: { en: 'Person’s name', fa: 'نام شخص', ru: 'Имя человека', th: 'ชื่อบุคคล', ro: 'Numele persoanei' },
  group: 'text',
  icon: 'user',
  description: {
    en: 'Title, first, middle and last name, and the full name they make',
    fa: 'عنوان، نام، نام میانی و نام خانوادگی، و نام کامل',
    ru: 'Обращение, имя, отчество и фамилия; полное имя складывается само',
    th: 'คำนำหน้า ชื่อ ชื่อกลาง นามสกุล และชื่อเต็ม',
    ro: 'Titlu, prenume, al doilea prenume, nume și numele întreg',
  },
  settings: {
    properties: {
      order: {
        enum: ['first_last', 'last_first'],
        description: 'How the full name is written; first_last by default.',
      },
    },
  },
  parts,
  longest: 350,
  compose(field, part) {
    const [title, first, middle, last] = [part('_title'), part('_first'), part('_middle'), part('_last')]
    const order = field.order === 'last_first' ? [title, last, first, middle] : [title, first, middle, last]
    return order.filter((text) => text !== '').join(' ')
  },
  takeApart(text, field): Record<string, string> {
    const words = text.trim().split(/\s+/)
    if (words.length < 2) return { _first: words[0]! }
    if (field.order === 'last_first') return { _last: words[0]!, _first: words.slice(1).join(' ') }
    return { _first: words.slice(0, -1).join(' '), _last: words.at(-1)! }
  },
  masks: nameMasks,
  example: 'Ada Lovelace',
})
