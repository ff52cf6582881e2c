// Pictures: turned upright, freed of what a camera wrote into them, made small. The library reads only the formats named here,
// never more pixels than allowed, and a few pictures at a time; it is loaded when the first picture comes.
import { rm } from 'node:fs/promises'
import type { Sharp, SharpOptions } from 'sharp'
import { Problem } from '@peyvand/core/base/problem.ts'
import { pictureTypes } from '@peyvand/core/types/image/type.ts'
import { queueOf } from './queue.ts'

export interface Picture {
  /** Where the clean picture is; the given path when its bytes were kept. */
  readonly path: string
  readonly width: number
  readonly height: number
}

/** unit: seconds one picture may take */
const longest = 20
const inTurn = queueOf(2)

/** The only readers that stay open; SVG, PDF and whatever else the library could read are closed. */
const readers = ['JpegFile', 'PngFile', 'WebpFile', 'NsgifFile', 'HeifFile'].map((name) => `VipsForeignLoad${name}`)

let loading: Promise<(path: string, options: SharpOptions) => Sharp> | undefined

function library() {
  return (loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false)
    sharp.concurrency(1)
    sharp.block({ operation: ['VipsForeignLoad'] })
    sharp.unblock({ operation: readers })
    return sharp
  }))
}

/** Whether contents of a type are pictures that are read here. */
export const isPicture = (type: string): boolean => pictureTypes.some((one) => one === type)

/** A picture without metadata and upright. throws: Problem when it cannot be read or has too many pixels. */
export function cleanPicture(path: string, type: string, mostPixels: number): Promise<Picture> {
  return inTurn(async () => {
    const sharp = await library()
    const options = { limitInputPixels: mostPixels, failOn: 'error', sequentialRead: true } as const
    const out = `${path}-clean`
    try {
      const { width, height, pages = 1, orientation = 1 } = await sharp(path, options).metadata()
      if (width * height * pages > mostPixels) throw tooMany(mostPixels)
      const turned = orientation >= 5
      const size = turned ? { width: height, height: width } : { width, height }
      if (type === 'image/gif') {
        // Frames have no camera in them; one is decoded to know that it is a picture.
        await sharp(path, options).timeout({ seconds: longest }).stats()
        return { path, ...size }
      }
      const upright = sharp(path, { ...options, animated: pages > 1 })
      await encode(pages > 1 ? upright : upright.autoOrient(), type)
        .keepIccProfile()
        .timeout({ seconds: longest })
        .toFile(out)
      return { path: out, ...size }
    } catch (error) {
      await rm(out, { force: true })
      throw error instanceof Problem ? error : unreadable(error, mostPixels)
    }
  })
}

function encode(picture: Sharp, type: string): Sharp {
  if (type === 'image/png') return picture.png({ compressionLevel: 6 })
  if (type === 'image/webp') return picture.webp({ quality: 90, effort: 3 })
  if (type === 'image/avif') return picture.avif({ quality: 70, effort: 2 })
  return picture.jpeg({ quality: 92 })
}

/** A small version: at most so many pixels on its longer side, never larger than the picture. */
export function makeThumbnail(path: string, size: number, to: string, mostPixels: number): Promise<void> {
  return inTurn(async () => {
    const sharp = await library()
    try {
      await sharp(path, { limitInputPixels: mostPixels, failOn: 'error' })
        .autoOrient()
        .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80, effort: 3 })
        .timeout({ seconds: longest })
        .toFile(to)
    } catch (error) {
      await rm(to, { force: true })
      throw unreadable(error, mostPixels)
    }
  })
}

function tooMany(most: number): Problem {
  return new Problem('check.invalid', {
    detail: `The picture has more than ${most} pixels`,
    target: 'file',
    params: { rule: 'pixels', limit: most },
    hint: 'Send a smaller one; an administrator sets the limit by PICTURE_PIXELS',
  })
}

function unreadable(error: unknown, most: number): Problem {
  const says = error instanceof Error ? error.message : ''
  if (/pixel limit/i.test(says)) return tooMany(most)
  if (/no space|write (error|failed)|for writ(e|ing)/i.test(says))
    return new Problem('internal.unavailable', { detail: 'There is no room to keep the file right now' })
  const slow = /timeout/i.test(says)
  return new Problem('check.invalid', {
    detail: slow ? 'The picture takes too long to read' : 'The picture is broken or is none',
    target: 'file',
    params: { rule: slow ? 'time' : 'picture' },
    hint: 'Open it in a picture program and save it again',
  })
}
