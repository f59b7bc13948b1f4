"""The page that shows the OpenAPI document: swagger-ui-dist 5.35.0 (Apache-2.0), as released."""
