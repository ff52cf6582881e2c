// Facts about formatted text.
import type { TypeCases } from '../type.ts'
import type { RichTextField } from './type.ts'

export const cases: TypeCases<RichTextField> = {
  fields: [
    { title: 'plain', field: { name: 'body' } },
    { title: 'required', field: { name: 'summary', required: true } },
    { title: 'short', field: { name: 'teaser', maxLength: 100 } },
  ],
  good: [
    { input: '<p>Hello</p>', stored: '<p>Hello</p>' },
    { input: '<p>a<b>b</b></p>', stored: '<p>a<strong>b</strong></p>' },
    { input: '<P CLASS="x" onclick="y()">a</P>', stored: '<p>a</p>' },
    { input: '<script>alert(1)</script><p>x</p>', stored: '<p>x</p>' },
    { input: '<p>x<img src=x onerror=alert(1)></p>', stored: '<p>x</p>' },
    { input: '<a href="javascript:alert(1)">x</a>', stored: '<a>x</a>' },
    { input: '<a href="java&#x73;cript&colon;alert(1)">x</a>', stored: '<a>x</a>' },
    {
      input: '<a href="https://example.com/?a=1&b=2" target=_blank>x</a>',
      stored: '<a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer">x</a>',
    },
    { input: '<ul><li>1<li>2</ul>', stored: '<ul><li>1</li><li>2</li></ul>' },
    { input: '<p>open <em>and <strong>open', stored: '<p>open <em>and <strong>open</strong></em></p>' },
    { input: 'a < b &amp; c', stored: 'a &lt; b &amp; c', field: 1 },
    { input: '<p dir="RTL">سلام</p>', stored: '<p dir="rtl">سلام</p>' },
    { input: '<svg><style><img src=x onerror=alert(1)></style></svg><p>q</p>', stored: '<p>q</p>' },
    { input: '<p></p><br>', stored: null },
    { input: '', stored: null },
    { input: null, stored: null },
  ],
  bad: [
    { input: 5, code: 'check.invalid' },
    { input: true, code: 'check.invalid' },
    { input: ['<p>x</p>'], code: 'check.invalid' },
    { input: { html: '<p>x</p>' }, code: 'check.invalid' },
    { input: '<p>\u0000</p>', code: 'check.invalid' },
    { input: '<p>\ud800</p>', code: 'check.invalid' },
    { input: `<p>${'x'.repeat(20_000)}</p>`, code: 'check.invalid' },
    { input: 'x'.repeat(200_000), code: 'check.invalid' },
    { input: `<p>${'x'.repeat(100)}</p>`, code: 'check.invalid', field: 2 },
    { input: null, code: 'check.required', field: 1 },
    { input: '', code: 'check.required', field: 1 },
    { input: '<p> </p>', code: 'check.required', field: 1 },
    { input: '<script>x</script>', code: 'check.required', field: 1 },
  ],
  sorted: ['<h1>b</h1>', '<p>B</p>', '<p>a</p>', '<p>سلام</p>', 'plain'],
  text: [
    { value: '<p>Hello <strong>you</strong></p><p>a &lt; b</p>', language: 'en', text: 'Hello you\na < b' },
    { value: '<ul><li>1</li><li>2</li></ul>', language: 'en', text: '1\n2' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '<p>Hello <strong>you</strong> &amp; me</p>', gives: 'Hello you & me' },
    { to: { type: 'text', multiline: true }, value: '<p>1</p><p>2</p>', gives: '1\n2' },
    { to: { type: 'text', maxLength: 3 }, value: '<p>Hello</p>', gives: 'fails' },
  ],
  badSettings: [
    { field: { name: 'a', maxLength: 10 }, pointer: '/maxLength' },
    { field: { name: 'a', maxLength: 1_000_000 }, pointer: '/maxLength' },
  ],
}
