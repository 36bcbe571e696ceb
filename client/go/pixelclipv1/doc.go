// Package pixelclipv1 is the service pixelclip.v1 as protoc generates it. Package pixelclip wraps its service
// Segmentation; the service ModelAdmin, for operators, is used from here.
package pixelclipv1
