"use strict";
// Nothing is fetched but from this server, and nothing is kept when the page is left.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    persistAuthorization: false,
    validatorUrl: null,
  });
});
