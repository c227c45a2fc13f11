// Shows the description that lies beside the page, whatever path a proxy serves both below. A key stays in the page and
// goes with it. What is for an SSE client cannot be tried out here: the page would wait for the end of the stream.
"use strict";

window.addEventListener("load", () => {
  const streamsOnlyShown = () => ({
    statePlugins: {
      spec: {
        wrapSelectors: {
          allowTryItOutFor: (_, system) => (state, path, method) =>
            !system.specSelectors.specJson().getIn(["paths", path, method, "x-sse"]),
        },
      },
    },
  });
  window.ui = SwaggerUIBundle({
    url: "../openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    tryItOutEnabled: true,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [streamsOnlyShown],
    layout: "BaseLayout",
  });
});
