/** What `wire` takes of the settings, without accounts. */
export const PLAIN_SETTINGS = {
  auth: false,
  basePath: '',
  trustProxy: [],
  host: '127.0.0.1',
  allowedHosts: [],
  corsAllowedOrigins: [],
}
