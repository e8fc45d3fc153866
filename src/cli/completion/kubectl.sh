#!/bin/sh
# kubectl_complete-capi_pivot: kubectl asks this program what Tab offers after `kubectl capi-pivot`.
# Save it under that name in a folder of the PATH and make it executable:
#   kubectl capi-pivot completion kubectl > ~/bin/kubectl_complete-capi_pivot
#   chmod +x ~/bin/kubectl_complete-capi_pivot
exec kubectl-capi_pivot __complete "$@"
