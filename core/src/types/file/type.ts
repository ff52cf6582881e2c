// A file of any kind, or several of them: a contract, an attachment. Limits are the field's; what the content is, the server
// finds out itself.
import { holderType, type HolderField } from '../holder.ts'

export type FileField = HolderField

export const type = holderType<FileField>({
  name: 'file',
  label: { en: 'File', fa: 'پرونده', ru: 'Файл', th: 'ไฟล์', ro: 'Fișier' },
  icon: 'paperclip',
  description: {
    en: 'A file or several, such as a contract or attachments',
    fa: 'یک یا چند پرونده، مانند قرارداد یا پیوست‌ها',
    ru: 'Файл или несколько: договор, вложения',
    th: 'ไฟล์เดียวหรือหลายไฟล์ เช่น สัญญาหรือไฟล์แนบ',
    ro: 'Un fișier sau mai multe, de exemplu un contract sau anexe',
  },
  settings: {},
  several: {
    label: { en: 'Files', fa: 'پرونده‌ها', ru: 'Файлы', th: 'หลายไฟล์', ro: 'Fișiere' },
    icon: 'paperclip',
  },
  columns: [],
  check: () => [],
  accepts: () => undefined,
})
