// How large files and pictures are, how long they are kept, and where.
import { integer, optional, setting, text, url } from './setting.ts'

/** Settings of files. */
export const files = {
  fileLimit: setting(
    'FILE_LIMIT',
    'Largest uploaded file, in bytes. A field can ask for less. `REQUEST_TIMEOUT` must leave time to send it.',
    integer(104_857_600, 1_024, 5_368_709_120),
  ),
  fileDays: setting(
    'FILE_DAYS',
    'Days a file is kept that no record holds any more (replaced, or its record deleted), so that it can come back.',
    integer(30, 0, 3_650),
  ),
  picturePixels: setting(
    'PICTURE_PIXELS',
    'Most pixels (all frames together) of a picture that is read; larger ones are refused.',
    integer(50_000_000, 10_000, 1_000_000_000),
  ),
  s3Endpoint: setting(
    'S3_ENDPOINT',
    'Address of an S3-compatible service that keeps the files; absent: the folder `files` in `DATA_DIR`.',
    url('http:', 'https:'),
  ),
  s3Bucket: setting('S3_BUCKET', 'Bucket the files are in; it must be there.', text('peyvand')),
  s3Region: setting('S3_REGION', 'Region of the bucket.', text('us-east-1')),
  s3AccessKey: setting('S3_ACCESS_KEY', 'Access key of the S3 service.', optional),
  s3SecretKey: setting('S3_SECRET_KEY', 'Secret key of the S3 service.', optional),
}
