"use strict";
// Nothing is fetched but from this server, and nothing is kept when the page is left.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#reference",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    operationsSorter: "alpha", // By path, so that what is done to one thing stands together.
    persistAuthorization: false,
    validatorUrl: null,
  });
});
