package shop;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/** An error as the mesh sends it: AIP-193. A detail that it lacks is empty. */
record Refusal(Status.Code code, ErrorInfo info, BadRequest request, RetryInfo retry) {

  /** Reads the details of an error. */
  static Refusal of(StatusRuntimeException error) throws InvalidProtocolBufferException {
    ErrorInfo info = ErrorInfo.getDefaultInstance();
    BadRequest request = BadRequest.getDefaultInstance();
    RetryInfo retry = RetryInfo.getDefaultInstance();
    for (Any detail : StatusProto.fromThrowable(error).getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        info = detail.unpack(ErrorInfo.class);
      } else if (detail.is(BadRequest.class)) {
        request = detail.unpack(BadRequest.class);
      } else if (detail.is(RetryInfo.class)) {
        retry = detail.unpack(RetryInfo.class);
      }
    }
    return new Refusal(error.getStatus().getCode(), info, request, retry);
  }

  /** Makes a call that has to be refused. */
  static Refusal from(Runnable call) throws InvalidProtocolBufferException {
    try {
      call.run();
    } catch (StatusRuntimeException error) {
      return of(error);
    }
    throw new AssertionError("the call succeeded");
  }
}
