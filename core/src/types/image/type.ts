// A picture, or several: a photo, a logo. Stored upright and without what a camera wrote into it (place, owner); small versions
// are made on demand in the sizes of the field.
import { settingProblem, refuse } from '../value.ts'
import { unchanged } from '../casts.ts'
import { holderType, type HolderField } from '../holder.ts'

export interface ImageField extends HolderField {
  readonly maxPixels?: number
  readonly maxWidth?: number
  readonly maxHeight?: number
  readonly thumbnails?: readonly number[]
}

/** The sizes small pictures can have. unit: pixels of the longer side. */
export const thumbnailSizes = [48, 96, 192, 384, 768, 1536] as const

/** Pictures a browser shows and the server can make smaller. */
export const pictureTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'] as const

const side = { type: 'integer', minimum: 1, maximum: 100_000 } as const

export const type = holderType<ImageField>({
  name: 'image',
  label: { en: 'Image', fa: 'تصویر', ru: 'Изображение', th: 'รูปภาพ', ro: 'Imagine' },
  icon: 'image',
  description: {
    en: 'A picture such as a photo or a logo',
    fa: 'تصویری مانند عکس یا نشان',
    ru: 'Изображение: фотография или логотип',
    th: 'รูปภาพ เช่น ภาพถ่ายหรือโลโก้',
    ro: 'O imagine, de exemplu o fotografie sau o siglă',
  },
  several: {
    label: { en: 'Images', fa: 'تصویرها', ru: 'Изображения', th: 'หลายรูปภาพ', ro: 'Imagini' },
    icon: 'image',
  },
  settings: {
    maxPixels: { type: 'integer', minimum: 1, maximum: 1_000_000_000, description: 'Most pixels (width × height).' },
    maxWidth: { ...side, description: 'Largest width, in pixels.' },
    maxHeight: { ...side, description: 'Largest height, in pixels.' },
    thumbnails: {
      type: 'array',
      minItems: 1,
      items: { enum: [...thumbnailSizes] },
      description: 'Sizes of the small versions, in pixels of the longer side; all by default.',
    },
  },
  columns: [
    { suffix: '_width', kind: 'integer', sqlType: 'integer', edm: 'Edm.Int32', readOnly: true },
    { suffix: '_height', kind: 'integer', sqlType: 'integer', edm: 'Edm.Int32', readOnly: true },
  ],
  check(field) {
    const wrong = (field.accept ?? []).findIndex((one) => one.includes('/') && !one.startsWith('image/'))
    return wrong < 0 ? [] : [settingProblem(`accept/${wrong}`, 'An image field takes pictures only')]
  },
  accepts(file, field) {
    const suffix = field.many === true ? '_files' : '_id'
    if (!pictureTypes.some((one) => one === file.type))
      return refuse(field, {
        rule: 'picture',
        says: `needs a picture; this file is ${file.type}`,
        suffix,
        hint: `One of ${pictureTypes.join(', ')}`,
      })
    const { width = 0, height = 0 } = file
    const limits = [
      ['maxPixels', width * height, field.maxPixels],
      ['maxWidth', width, field.maxWidth],
      ['maxHeight', height, field.maxHeight],
    ] as const
    for (const [rule, is, limit] of limits)
      if (limit !== undefined && is > limit)
        return refuse(field, {
          rule,
          says: `takes pictures of at most ${limit} (${rule}); this one has ${is}`,
          limit,
          suffix,
        })
    return undefined
  },
  casts: { file: () => unchanged },
  thumbnails: (field) => field.thumbnails ?? thumbnailSizes,
})
