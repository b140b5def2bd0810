package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "example.com/shipping/gen/market/options/v1"
)

// caller is who calls: a user, through a service, or a service for itself.
type caller struct {
	user    user
	service string
}

func (c caller) name() string {
	if c.user.id != "" {
		return c.user.id
	}
	return c.service
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	found, _ := ctx.Value(callerKey{}).(caller)
	return found
}

// gate holds every call against what the contract says of its RPC: who may call, and what may
// be asked.
type gate struct {
	keys  *userKeys
	rules map[string]*optionsv1.AccessRule
}

// newGate reads the rules of a file's services.
func newGate(file protoreflect.FileDescriptor, keys *userKeys) (*gate, error) {
	rules := map[string]*optionsv1.AccessRule{}
	for i := range file.Services().Len() {
		service := file.Services().Get(i)
		for j := range service.Methods().Len() {
			method := service.Methods().Get(j)
			rule, _ := proto.GetExtension(method.Options(), optionsv1.E_Access).(*optionsv1.AccessRule)
			if rule == nil || rule.GetOwnerField() != "" {
				return nil, fmt.Errorf("%s: no access rule that is known here", method.FullName())
			}
			rules[fmt.Sprintf("/%s/%s", service.FullName(), method.Name())] = rule
		}
	}
	return &gate{keys, rules}, nil
}

func (g *gate) admit(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	rule, listed := g.rules[info.FullMethod]
	if !listed {
		return handle(ctx, request) // health and reflection, which tell nothing of anybody
	}
	signedIn, err := g.keys.userOf(ctx)
	if err != nil {
		return nil, refusal(optionsv1.ErrorReason_ERROR_REASON_TOKEN_INVALID, "the access token is not valid, or not any more")
	}
	from := caller{signedIn, serviceOf(ctx)}
	if err := allows(rule, from); err != nil {
		return nil, err
	}
	if err := check(request.(proto.Message)); err != nil {
		return nil, err
	}
	return handle(context.WithValue(ctx, callerKey{}, from), request)
}

// allows returns nil where a part of the rule admits the caller.
func allows(rule *optionsv1.AccessRule, from caller) error {
	known := from.user.id != ""
	switch {
	case rule.GetAnyone(),
		rule.GetSignedIn() && known,
		rule.GetStaffScope() != "" && slices.Contains(from.user.scopes, rule.GetStaffScope()),
		slices.Contains(rule.GetServices(), from.service):
		return nil
	case !known && (rule.GetSignedIn() || rule.GetStaffScope() != ""):
		return refusal(optionsv1.ErrorReason_ERROR_REASON_TOKEN_MISSING, "sign in first: this needs an access token")
	}
	return refusal(optionsv1.ErrorReason_ERROR_REASON_NOT_ADMITTED, from.name()+" is not admitted")
}

// check holds a request against the constraints of its fields.
func check(request proto.Message) error {
	var broken *protovalidate.ValidationError
	err := protovalidate.Validate(request)
	if !errors.As(err, &broken) {
		return err
	}
	found := &errdetails.BadRequest{}
	for _, one := range broken.Violations {
		found.FieldViolations = append(found.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field:       protovalidate.FieldPathString(one.Proto.GetField()),
			Description: one.Proto.GetMessage(),
			Reason:      one.Proto.GetRuleId(),
		})
	}
	return refusal(optionsv1.ErrorReason_ERROR_REASON_REQUEST_INVALID, "the request breaks its contract", found)
}

// refusal returns an error as the mesh sends it (AIP-193): the contract has the code of its
// reason, and the reason's package is its domain.
func refusal(reason protoreflect.Enum, text string, details ...protoadapt.MessageV1) error {
	value := reason.Descriptor().Values().ByNumber(reason.Number())
	found, _ := proto.GetExtension(value.Options(), optionsv1.E_Code).(code.Code)
	info := &errdetails.ErrorInfo{
		Reason: strings.TrimPrefix(string(value.Name()), "ERROR_REASON_"),
		Domain: string(value.ParentFile().Package()),
	}
	told, err := status.New(codes.Code(found), text).WithDetails(append([]protoadapt.MessageV1{info}, details...)...)
	if err != nil {
		return err
	}
	return told.Err()
}
