import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router } from 'express';
import { VERSION } from '../platform/index.js';
import { allowOnly } from './allow-only.js';
import { openApiDocument } from './openapi/openapi-document.js';

const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;
const require = createRequire(import.meta.url);
const BUNDLE = dirname(require.resolve('swagger-ui-dist/package.json'));

const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Assay: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="pages"></div>
<noscript>These pages need JavaScript. The description itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
// A file of its own: the content security policy forbids scripts within the page.
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#pages',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // The validator's badge would send the description to somebody else's service.
  validatorUrl: null,
});
`;

/**
 * `/openapi.json`, its pages at `/docs`, and `/`, which leads there. The pages are served from this process and load
 * nothing from elsewhere.
 */
export function docsRoutes(): Router {
  const router = Router();
  const description = JSON.stringify(openApiDocument(VERSION));
  router
    .route('/')
    .get((_request, response) => {
      response.redirect('/docs');
    })
    .all(allowOnly('GET'));
  router
    .route('/openapi.json')
    .get((_request, response) => {
      response.type('json').send(description);
    })
    .all(allowOnly('GET'));
  router
    .route('/docs')
    .get((_request, response) => {
      response.type('html').send(PAGE);
    })
    .all(allowOnly('GET'));
  router.get('/docs/start.js', (_request, response) => {
    response.type('js').send(START);
  });
  for (const asset of ASSETS)
    router.get(`/docs/${asset}`, (_request, response) => {
      response.sendFile(join(BUNDLE, asset));
    });
  return router;
}
