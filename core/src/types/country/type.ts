// A country or territory by its ISO 3166-1 code of two letters.
import { namesOf } from '../../base/intl.ts'
import { codeType } from '../code.ts'

/** ISO 3166-1 alpha-2, as assigned in 2026. */
const codes =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'.split(
    ' ',
  )
const known = new Set(codes)

/** The code in capital letters, or undefined when there is no such country. */
export function readCountry(text: string): string | undefined {
  const code = text.trim().toUpperCase()
  return known.has(code) ? code : undefined
}

/** How a country is called in a language; the code itself when nobody knows. */
export function countryName(code: string, language: string): string {
  return known.has(code) ? (namesOf(language, 'region').of(code) ?? code) : code
}

export const type = codeType({
  name: 'country',
  label: { en: 'Country', fa: 'کشور', ru: 'Страна', th: 'ประเทศ', ro: 'Țară' },
  group: 'choice',
  icon: 'flag',
  description: {
    en: 'A country, with its name in every language',
    fa: 'یک کشور، با نامش به هر زبان',
    ru: 'Страна с названием на каждом языке',
    th: 'ประเทศ พร้อมชื่อในทุกภาษา',
    ro: 'O țară, cu numele ei în orice limbă',
  },
  list: () => codes,
  nameOf: countryName,
  read: readCountry,
  says: 'the code of a country',
  hint: 'Two letters of ISO 3166-1, like DE',
  longest: 2,
  fails: (column) => `btrim(${column}) !~ '^(${codes.join('|')})$'`,
})
