// Names of people on screen.
import { boxes, wholeCell, type Box } from '../boxes.ts'
import type { FieldElement } from '../paint.ts'
import { parts } from './type.ts'

const title: Box = {
  suffix: '_title',
  label: { en: 'Title', fa: 'عنوان', ru: 'Обращение', th: 'คำนำหน้า', ro: 'Titlu' },
  autofill: 'honorific-prefix',
  longest: parts._title,
}
const first: Box = {
  suffix: '_first',
  label: { en: 'First name', fa: 'نام', ru: 'Имя', th: 'ชื่อ', ro: 'Prenume' },
  autofill: 'given-name',
  longest: parts._first,
}
const middle: Box = {
  suffix: '_middle',
  label: { en: 'Middle name', fa: 'نام میانی', ru: 'Отчество', th: 'ชื่อกลาง', ro: 'Al doilea prenume' },
  autofill: 'additional-name',
  longest: parts._middle,
}
const last: Box = {
  suffix: '_last',
  label: { en: 'Last name', fa: 'نام خانوادگی', ru: 'Фамилия', th: 'นามสกุล', ro: 'Nume' },
  autofill: 'family-name',
  longest: parts._last,
}

export const element: FieldElement = {
  type: 'person_name',
  width: 180,
  cell: wholeCell,
  control: (each) =>
    boxes(each, each.field['order'] === 'last_first' ? [last, first, middle, title] : [first, middle, last, title]),
}
