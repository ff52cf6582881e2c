// Facts about files.
import type { TypeCases } from '../type.ts'
import type { FileField } from './type.ts'

const id = '019f0000-0000-7000-8000-0000000000f1'
const other = '019f0000-0000-7000-8000-0000000000f2'
const contract = { id, name: 'قرارداد.pdf', type: 'application/pdf', size: 1234 }
const plan = { id: other, name: 'Plan (2).docx', type: 'application/msword', size: 5_000_000_000 }

export const cases: TypeCases<FileField> = {
  not: { bulk: 'a file is uploaded before it is named; test/api/files.test.ts does' },
  fields: [
    { title: 'one file', field: { name: 'contract' } },
    { title: 'several', field: { name: 'papers', many: true, maxFiles: 2 } },
    { title: 'required', field: { name: 'proof', required: true, accept: ['application/pdf', '.docx'] } },
  ],
  good: [
    { input: contract, stored: 'قرارداد.pdf' },
    { input: { _id: id }, stored: null },
    { input: id.toUpperCase(), stored: null },
    { input: plan, stored: 'Plan (2).docx' },
    { input: null, stored: null },
    { input: [contract, plan], stored: 'قرارداد.pdf, Plan (2).docx', field: 1 },
    { input: [contract, contract], stored: 'قرارداد.pdf', field: 1 },
    { input: contract, stored: 'قرارداد.pdf', field: 1 },
    { input: [], stored: null, field: 1 },
    { input: null, stored: null, field: 1 },
  ],
  bad: [
    { input: 'contract.pdf', code: 'check.invalid' },
    { input: '../../etc/passwd', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 5, code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: {}, code: 'check.invalid' },
    { input: { name: 'a.pdf' }, code: 'check.invalid' },
    { input: [id], code: 'check.invalid' },
    { input: [id, 'x'], code: 'check.invalid', field: 1 },
    { input: [id, other, '019f0000-0000-7000-8000-0000000000f3'], code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: ['Angebot.pdf', 'b.txt', 'c.txt', 'قرارداد.pdf'],
  text: [
    { value: 'a.pdf', language: 'en', text: 'a.pdf' },
    { value: null, language: 'fa', text: '' },
  ],
  casts: [],
  badSettings: [
    { field: { name: 'a', maxFiles: 3 }, pointer: '/maxFiles' },
    { field: { name: 'a', maxBytes: 0 }, pointer: '/maxBytes' },
    { field: { name: 'a', accept: ['pdf'] }, pointer: '/accept/0' },
  ],
}
