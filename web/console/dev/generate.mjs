// Writes src/api/openapi.ts from the server's description: the schemas only,
// since pages name their addresses in src/api/queries.ts.
//   npm run generate [-- path/to/openapi.json]
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const source = process.argv[2] ?? here('../../../openapi.json')
const { openapi, info, components } = JSON.parse(fs.readFileSync(source, 'utf8'))
const tree = await openapiTS(JSON.stringify({ openapi, info, paths: {}, components: { schemas: components.schemas } }))
const head = '/**\n * This file was auto-generated from openapi.json by "npm run generate".\n * Do not change it by hand.\n */\n'
fs.writeFileSync(here('../src/api/openapi.ts'), head + astToString(tree))
